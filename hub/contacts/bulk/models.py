"""Tables of bulk changes: the change itself, and the contacts it is about, cut into portions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account


class BulkChange(models.Model):
    """One act on many contacts. ``running`` → ``done``, ``cancelled`` or ``failed``."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    token = models.CharField(max_length=64, help_text="of the question that was answered: answering twice starts one")
    act = models.CharField(max_length=20, help_text="a name of hub.contacts.acts.ACTS")
    choice = models.JSONField(null=True, help_text="what was chosen: an id, names, or nothing")
    verb = models.CharField(max_length=40, help_text="how the audit calls it")
    told = models.JSONField(default=dict, help_text="the choice in words, as it was called then")

    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    asked = models.PositiveIntegerField(help_text="contacts that were meant when it started")
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0, help_text="were so already")
    gone = models.PositiveIntegerField(
        default=0, help_text="left alone: no longer there, archived, or no longer theirs"
    )
    named = models.JSONField(default=list, help_text="the first ids that changed, for the audit")
    problem = models.CharField(max_length=500, blank=True, help_text="why it failed, for people")

    by = models.JSONField(default=dict, help_text="the actor who started it")
    owner_id = models.BigIntegerField(null=True, help_text="the user whose rights count")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    portion = models.PositiveIntegerField(
        default=0, help_text="portions done; a message for another one is out of date"
    )
    tries = models.PositiveSmallIntegerField(default=0, help_text="how often the present portion was begun")
    lease_until = models.DateTimeField(null=True, help_text="after this the sweep rings again")

    class Meta:
        app_label = "contacts"
        constraints = [models.UniqueConstraint(fields=["account", "token"], name="bulk_change_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="bulk_change_list"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="bulk_change_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.act} of {self.asked} contacts ({self.state})"

    @property
    def seen(self) -> int:
        """Contacts that are behind it."""
        return self.changed + self.unchanged + self.gone

    @property
    def left(self) -> int:
        """Contacts that it did not come to, or not yet."""
        return self.asked - self.seen


class BulkPortion(models.Model):
    """Some of the contacts meant, by rising id. Gone when the change has ended."""

    of = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="portions", db_index=False)
    number = models.PositiveIntegerField()
    contact_ids = models.JSONField(default=list)

    class Meta:
        app_label = "contacts"
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="bulk_portion_once")]

    def __str__(self) -> str:
        return f"portion {self.number} of bulk change {self.of_id}"
