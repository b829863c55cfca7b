"""Tables of the silence alarm. They stay small: a row for a plan or connection, and one for each of its days with an act."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Watched(models.Model):
    """A plan or an add-on's connection that has acted at least once, and when it last did."""

    class Kind(models.TextChoices):
        PLAN = "plan", "Plan"
        ADDON = "addon", "Connection"

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    key = models.CharField(max_length=40, help_text="the plan's id, or the add-on's name")
    last_day = models.DateField(help_text="the account's own date")
    judged_on = models.DateField(null=True)
    muted_at = models.DateTimeField(null=True)
    muted_by = models.CharField(max_length=200, blank=True)
    mute_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="watched_once")]
        indexes = [models.Index(fields=["last_day"], name="watched_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of account {self.account_id}"

    @property
    def muted(self) -> bool:
        return self.muted_at is not None


class Tally(models.Model):
    """How many steps were done on one day, by the account's clock."""

    watched = models.ForeignKey(Watched, on_delete=models.CASCADE, related_name="tallies")
    day = models.DateField()
    done = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watched", "day"], name="day_tally_once")]
        indexes = [models.Index(fields=["day"], name="day_tally_by_day")]

    def __str__(self) -> str:
        return f"{self.done} on {self.day}"


class ShutDay(models.Model):
    """A day on which the account was paused or locked: its silence then means nothing."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="shut_day_once")]

    def __str__(self) -> str:
        return f"account {self.account_id} on {self.day}"


class Silence(models.Model):
    """It has gone quiet. ``expected`` is how many acts usually fall into the days since."""

    watched = models.ForeignKey(Watched, on_delete=models.CASCADE, related_name="silences")
    since = models.DateField()
    expected = models.PositiveIntegerField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watched"], condition=Q(ended_at__isnull=True), name="silence_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.watched_id} quiet since {self.since}"


class Mark(models.Model):
    """How far the notes have been counted; the one row is locked while somebody counts."""

    note_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"counted up to note {self.note_id}"
