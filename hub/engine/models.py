"""Tables of the engine: what was tried, how it came to grief, and who is trying."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.db.fields import SealedJSONField
from hub.engine.archiving.models import ArchivedCount, ArchivedRun, Archiving  # noqa: F401  # Django looks here
from hub.engine.guards.models import Breaker, Leave, Retries, Spent  # noqa: F401  # Django looks here
from hub.engine.replaying.models import Replay  # noqa: F401  # Django looks here


class Attempt(models.Model):
    """One try at the outside world, written down before it was made. Rows are added and closed, never changed otherwise.

    ``outcome`` is empty while the request is out. An attempt whose outcome is ``unclear`` stays open until somebody knows:
    the reconciler, a late answer, or a person.
    """

    run_id = models.UUIDField()
    n = models.PositiveIntegerField(help_text="from 1")
    connection_id = models.BigIntegerField(null=True, help_text="whose credential it used")
    fence = models.BigIntegerField()
    worker_no = models.IntegerField()
    boot_id = models.UUIDField(help_text="of the worker, so that a number used again is not taken for the same worker")
    intent_at = models.DateTimeField()
    not_after = models.DateTimeField(help_text="when the exchange is over, whatever happens")
    key = models.CharField(max_length=100, help_text="the reference the vendor sees")
    effect_class = models.CharField(max_length=10)
    effect = models.JSONField(help_text="hub.core.effects.Effect, as the plugin declared it then")
    request_digest = models.CharField(max_length=64)
    request = SealedJSONField(null=True, bound_by=("run_id", "n"))
    http_status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=10, blank=True, db_default="", help_text="hub.dispatch.classify.Wire")
    verdict = models.CharField(max_length=10, blank=True, db_default="")
    vendor_id = models.CharField(max_length=200, blank=True, db_default="")
    detail = models.TextField(blank=True, db_default="")
    not_found = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="look-ups that found nothing")
    sender_gone = models.BooleanField(
        default=False, db_default=False, help_text="it is proved that nobody sends any more"
    )
    plugin_version = models.CharField(max_length=60, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "n"], name="attempt_once")]
        indexes = [models.Index(fields=["intent_at"], name="attempt_by_time")]

    def __str__(self) -> str:
        return f"attempt {self.n} of {self.run_id}: {self.outcome or 'out'}"


class Trace(models.Model):
    """One try of a run that did not end well: what the plugin was given, what went over the wire (``hub.dispatch.story``)."""

    run_id = models.UUIDField()
    fence = models.BigIntegerField(help_text="of the claim, which no two tries share")
    at = models.DateTimeField()
    data = SealedJSONField(bound_by=("run_id", "fence"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "fence"], name="trace_once")]
        indexes = [models.Index(fields=["at"], name="trace_by_age")]

    def __str__(self) -> str:
        return f"try {self.fence} of {self.run_id}"


class Worker(models.Model):
    """A process that dispatches. Its lock (an advisory lock, or a locked file) dies with it; this row tells who held it.

    Its moments are ``clock.process_now()``: the demo moves the clock of the steps, not the processes'.
    """

    no = models.AutoField(primary_key=True)
    boot_id = models.UUIDField(unique=True)
    host = models.CharField(max_length=200)
    pid = models.IntegerField()
    pid_start = models.CharField(max_length=40, help_text="when the process began, as the system tells it")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["no"], condition=Q(ended_at=None), name="worker_living")]

    def __str__(self) -> str:
        return f"worker {self.no} on {self.host}"


class Doubt(models.Model):
    """An enrollment that may have gone on without us: its steps up to a moment may have been sent by a hub whose rows are lost.

    Written when a backup is restored (``hub.engine.doubt``), gone as soon as the plan has come to steps that cannot have been.
    """

    enrollment_id = models.BigIntegerField(primary_key=True)
    until = models.DateTimeField(help_text="when the backup was restored: nothing due later can have been sent")

    def __str__(self) -> str:
        return f"enrollment {self.enrollment_id} until {self.until:%Y-%m-%d %H:%M}"
