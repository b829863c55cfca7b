"""The audit table: append-only, and the database holds it to that (see the second migration)."""

from __future__ import annotations

from typing import Any

from django.db import models


class AppendOnly(models.QuerySet["AuditRow"]):
    """Rows may be added and read."""

    def update(self, **_: Any) -> int:
        raise TypeError("Audit rows are never changed.")

    def delete(self) -> Any:
        raise TypeError("Audit rows are deleted by retention only.")


class AuditRow(models.Model):
    """One change, or one look at a secret."""

    at = models.DateTimeField()
    account_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=100, blank=True)
    actor_label = models.CharField(max_length=200, blank=True)
    acting_as_id = models.CharField(max_length=100, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-id"], name="audit_by_account"),
            models.Index(fields=["object_kind", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.object_kind} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> Any:
        raise TypeError("Audit rows are deleted by retention only.")
