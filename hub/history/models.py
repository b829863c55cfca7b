"""The table of notes. It stands on floor 2 and knows accounts, contacts and runs as plain numbers only."""

from __future__ import annotations

from django.db import models


class Note(models.Model):
    """One line of a contact's history. ``kind`` is dotted, such as ``step.done``; ``data`` is what the sentence needs."""

    account_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    run_id = models.UUIDField(null=True)
    enrollment_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200, blank=True)

    class Meta:
        # The engine writes fifty of these in its outcome transaction: two indexes and no more. The second is written at
        # its end, so it costs little.
        indexes = [
            models.Index(fields=["contact_id", "-at", "-id"], name="note_timeline"),
            models.Index(fields=["account_id", "id"], name="note_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"
