"""The one table of the ground floor."""

from __future__ import annotations

from django.db import models


class Installation(models.Model):
    """This installation of the hub: exactly one row, made at the first migration.

    ``ref`` is part of every reference that travels to a vendor, so that two installations which share a vendor account
    never take each other's parcels for their own.
    """

    id = models.SmallAutoField(primary_key=True)
    ref = models.CharField(max_length=8, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref
