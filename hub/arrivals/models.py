"""Tables of what vendors push."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.db.fields import SealedJSONField


class Entrance(models.Model):
    """The address of a connection: a token of 128 bits that nobody can guess, found by its hash."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, related_name="+")
    token = SealedJSONField(bound_by=("connection_id",))
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"entrance of connection {self.connection_id}"


class Arrival(models.Model):
    """A delivery that was believed. ``waiting`` → ``done`` or ``failed``; played again it waits once more."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    addon = models.CharField(max_length=40)
    name = models.CharField(max_length=100, help_text="the webhook's name at the vendor")
    key = models.CharField(max_length=64, help_text="by which a repeated delivery is known")
    body = models.BinaryField(help_text="the raw bytes; empty when they are no longer kept")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    waits = models.CharField(max_length=300, blank=True, help_text="why it waits, in words")
    problem = models.CharField(max_length=500, blank=True)
    came_to = models.JSONField(default=dict, help_text="how many records, contacts and events it was")
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(help_text="after this the sweep rings again")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="arrival_once")]
        indexes = [
            models.Index(fields=["account", "addon", "-id"], name="arrival_list"),
            models.Index(fields=["lease_until"], condition=Q(state="waiting"), name="arrival_sweep"),
            models.Index(fields=["received_at"], name="arrival_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} for connection {self.connection_id} ({self.state})"
