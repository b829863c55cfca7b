"""Tables of the guards: breakers, what was tried again, what was spent, and which steps a person let go all the same."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Breaker(models.Model):
    """How an account's connection has fared lately (:mod:`hub.engine.guards.breaker`). There is a row only where something
    failed once."""

    account_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    addon = models.CharField(max_length=40)
    state = models.CharField(max_length=9, default="closed", db_default="closed")
    who = models.JSONField(default=list, help_text="contacts of the failures in a row")
    window_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0, db_default=0)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    opens = models.PositiveIntegerField(default=0, db_default=0)
    changed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="when the next probe is due")
    probe = models.UUIDField(null=True, help_text="the step that may pass meanwhile")
    reason = models.CharField(max_length=500, blank=True, db_default="", help_text="of the failure that opened it")

    class Meta:
        app_label = "engine"
        constraints = [models.UniqueConstraint(fields=["account_id", "connection_id"], name="breaker_once")]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="breaker_probes")]

    def __str__(self) -> str:
        return f"breaker of connection {self.connection_id} in {self.account_id}: {self.state}"


class Retries(models.Model):
    """How a connection's retries are spaced (:mod:`hub.engine.guards.retries`). There is a row only where something was tried
    again once; its lock is the queue in which they stand."""

    connection_id = models.BigIntegerField(unique=True)
    rate_at = models.DateTimeField(null=True, help_text="when the next retry would be exactly on schedule")
    line_at = models.DateTimeField(null=True, help_text="where the line of those that wait ends (hub.engine.pacing)")
    front_at = models.DateTimeField(null=True, help_text="the same of those that lost their place in it")
    firsts = models.PositiveIntegerField(
        default=0, db_default=0, help_text="first tries in the minute before counted_at"
    )
    counted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "engine"

    def __str__(self) -> str:
        return f"retries over connection {self.connection_id}"


class Spent(models.Model):
    """How many costly steps an account has sent on one day of its own: of one add-on, or (``addon`` empty) of all.

    One row, whatever the day: its lock is the queue in which an account's costly intents stand.
    """

    account_id = models.BigIntegerField()
    addon = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        app_label = "engine"
        constraints = [models.UniqueConstraint(fields=["account_id", "addon"], name="spent_once")]

    def __str__(self) -> str:
        return f"{self.count} on {self.day} by {self.addon or 'all'} of {self.account_id}"


class Leave(models.Model):
    """A person let a step go that a guard had held. It counts for that step and for good."""

    run_id = models.UUIDField()
    guard = models.CharField(max_length=20, help_text="the hold that no longer counts")
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "engine"
        constraints = [models.UniqueConstraint(fields=["run_id", "guard"], name="leave_once")]

    def __str__(self) -> str:
        return f"{self.run_id} past {self.guard}"
