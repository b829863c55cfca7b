"""Tables of the outbox. It stands on floor 2 and knows accounts, contacts and runs as plain numbers only."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """Something happened and has not been handed on yet. The row goes when it is."""

    uid = models.UUIDField(help_text="what the world knows it by; the same for ever")
    account_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    contact_id = models.BigIntegerField(null=True)
    enrollment_id = models.BigIntegerField(null=True)
    run_id = models.UUIDField(null=True)
    about = models.JSONField(default=dict, help_text="what cannot be looked up later, such as which fields changed")

    def __str__(self) -> str:
        return f"{self.kind} in account {self.account_id}"


class Listening(models.Model):
    """Somebody listens in this account. No row: nobody does, and nothing is written."""

    account_id = models.BigIntegerField(primary_key=True)
    kinds = models.IntegerField(
        help_text="a set of hub.events.kinds: what is listened for here, from here or from above"
    )
    below = models.IntegerField(default=0, help_text="of these, what an account opened beneath inherits")

    def __str__(self) -> str:
        return f"account {self.account_id} hears {self.kinds}"
