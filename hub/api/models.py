"""Tables of the API's door: answers kept under an idempotency key, and the rate of each credential."""

from __future__ import annotations

from django.db import models

from hub.accounts.models import Account


class KeptAnswer(models.Model):
    """What a call with an `Idempotency-Key` did and answered. Written in the transaction of its effect, or not at all."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    principal = models.CharField(max_length=60, help_text="whose key it is: two callers may choose the same")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField(default=0, help_text="0 within the transaction only")
    body = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "principal", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"


class Rate(models.Model):
    """Until when a caller's calls are accounted for (GCRA), in milliseconds since 1970: one number for all processes."""

    caller = models.CharField(max_length=80, primary_key=True)
    until = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.caller} until {self.until}"
