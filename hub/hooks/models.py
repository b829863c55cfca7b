"""Tables of the hooks out: who listens, what is sent, and what came of it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.db.fields import SealedJSONField


class Endpoint(models.Model):
    """An address that wants to hear. ``active`` ↔ ``disabled``; what happens meanwhile waits for it."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        DISABLED = "disabled", "Disabled"

    uid = models.UUIDField(default=uuid4, editable=False, help_text="what its sealed columns are bound to")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=120, blank=True)
    url = SealedJSONField(
        bound_by=("uid", "account_id"), help_text="many an address is itself a key, so all are sealed"
    )
    host = models.CharField(max_length=255, help_text="what may be shown of the address")
    kinds = models.IntegerField(help_text="a set of hub.events.kinds")
    subtree = models.BooleanField(default=False, help_text="the accounts beneath, too")
    secrets = SealedJSONField(bound_by=("uid", "account_id"), help_text="newest first: [{secret, until?}]")
    machine = models.BooleanField(default=False, help_text="made by API: gone when its receiver answers 410")

    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    disabled_why = models.CharField(max_length=300, blank=True)
    disabled_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True, help_text="the first failure since anything was taken")
    resting_until = models.DateTimeField(null=True, help_text="the receiver asked to be left in peace")
    turn = models.PositiveIntegerField(default=0, help_text="portions begun; whoever names another one is too late")
    busy_until = models.DateTimeField(null=True, help_text="somebody sends a portion; after this they are gone")

    by = models.JSONField(default=dict, help_text="the actor who made it")
    owner_id = models.BigIntegerField(null=True, help_text="the user who is told, where a person made it")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="endpoint_list")]

    def __str__(self) -> str:
        return f"endpoint {self.pk} at {self.host}"


class Message(models.Model):
    """One event as it is sent: the same bytes to everybody, however often."""

    uid = models.UUIDField(primary_key=True, help_text="the event's own id")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(help_text="when it happened")
    body = models.TextField()
    sample = models.BooleanField(default=False, help_text="made up, to try an endpoint")

    class Meta:
        indexes = [
            models.Index(fields=["account", "kind", "-at"], name="message_latest"),
            models.Index(fields=["at"], name="message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of account {self.account_id}"


class Delivery(models.Model):
    """A message for an endpoint. ``waiting`` → ``done`` or ``failed``; a replay makes it wait again."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Delivered"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Left out"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(null=True, help_text="of the next try")
    tries = models.PositiveSmallIntegerField(default=0, help_text="of the schedule that runs; a replay begins it anew")
    tried_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "endpoint"], name="delivery_once")]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["endpoint", "-id"], name="delivery_list"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} to endpoint {self.endpoint_id} ({self.state})"


class Try(models.Model):
    """One request of a delivery, and what was said."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="none where no answer came")
    ms = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=12, help_text="a name of hub.hooks.judging.Outcome")
    said = models.TextField(blank=True, help_text="the beginning of the answer, or why there was none")

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"], name="try_of_delivery")]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%Y-%m-%d %H:%M:%S}"
