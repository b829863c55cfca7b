"""Tables of the archive. Nothing here is ever changed; the engine never reads it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ArchivedRun(models.Model):
    """A closed step run as it was, with its attempts. The names are those of ``plans.StepRun``."""

    id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.BigIntegerField()
    enrollment_id = models.BigIntegerField()
    plan_id = models.BigIntegerField()
    plan_step_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    seq = models.PositiveSmallIntegerField()
    action_type = models.CharField(max_length=100)
    addon = models.CharField(max_length=40)
    effect_class = models.CharField(max_length=10, null=True)
    costly = models.BooleanField()
    state = models.CharField(max_length=9)
    attempts = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    hold_reason = models.CharField(max_length=60, blank=True)
    hold_detail = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    first_intent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    result = models.JSONField(null=True)
    tries = models.JSONField(default=list, help_text="its attempts, oldest first, without the bytes that were sent")
    archived_at = models.DateTimeField()

    class Meta:
        app_label = "engine"
        indexes = [
            models.Index(fields=["enrollment_id"], name="archived_by_enrollment"),
            # What was sent to a contact and cost money, for whoever asks whether it would be a repetition.
            models.Index(fields=["contact_id", "action_type"], condition=Q(costly=True), name="archived_costly"),
        ]

    def __str__(self) -> str:
        return f"{self.action_type} for contact {self.contact_id} ({self.state}, archived)"


class ArchivedCount(models.Model):
    """How many runs of a kind closed on a day (UTC), of those in the archive: what statistics need without reading it."""

    account_id = models.BigIntegerField()
    plan_id = models.BigIntegerField()
    action_type = models.CharField(max_length=100)
    state = models.CharField(max_length=9)
    day = models.DateField()
    number = models.PositiveIntegerField()

    class Meta:
        app_label = "engine"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "day", "plan_id", "action_type", "state"], name="archived_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state} on {self.day}"


class Archiving(models.Model):
    """How far the archiving is: one row. Whoever holds its lock does the next portion."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    after_ended_at = models.DateTimeField(null=True, help_text="of the last enrollment that was looked at")
    after_id = models.BigIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, help_text="the end was reached; from then on it begins anew")

    class Meta:
        app_label = "engine"

    def __str__(self) -> str:
        return f"archived up to {self.after_ended_at}"
