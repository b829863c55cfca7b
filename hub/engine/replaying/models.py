"""The table of replays: what was asked for, and how far it is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Replay(models.Model):
    """Steps that failed or were given up, tried again. ``running`` → ``done``, ``cancelled`` or ``failed``."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    account_id = models.BigIntegerField()
    token = models.CharField(max_length=64, help_text="of the question that was answered: answering twice starts one")
    about = models.JSONField(default=dict, help_text="hub.engine.replaying.selecting.Window")
    reason = models.TextField(blank=True, db_default="")
    by = models.JSONField(default=dict, help_text="the actor who started it")
    owner_id = models.BigIntegerField(null=True, help_text="the user whose rights count")

    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    asked = models.PositiveIntegerField(help_text="steps that were meant when it started")
    again = models.PositiveIntegerField(default=0, db_default=0, help_text="steps that are tried again")
    left = models.JSONField(default=dict, help_text="why the others were left as they are: sentence to number")
    problem = models.CharField(max_length=500, blank=True, db_default="", help_text="why it failed, for people")
    after = models.UUIDField(null=True, help_text="the last step that was looked at: they come by rising id")
    portion = models.PositiveIntegerField(default=0, db_default=0, help_text="a message for another one is out of date")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="of the present portion")
    lease_until = models.DateTimeField(null=True, help_text="after this the sweep rings again")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "engine"
        constraints = [models.UniqueConstraint(fields=["account_id", "token"], name="replay_once")]
        indexes = [models.Index(fields=["lease_until"], condition=Q(state="running"), name="replay_sweep")]

    def __str__(self) -> str:
        return f"replay of {self.asked} steps ({self.state})"

    @property
    def seen(self) -> int:
        """Steps that are behind it."""
        left: int = sum(self.left.values())
        return self.again + left
