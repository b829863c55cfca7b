"""Tables of notifications: a row for each person told, and one for each who is told by mail, too."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Notification(models.Model):
    """Something one person should know, in one account. ``url`` is a path inside the hub."""

    account_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user_id", "account_id", "-id"], name="notification_list"),
            models.Index(fields=["user_id", "account_id"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["account_id", "at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for user {self.user_id}"


class StaffMail(models.Model):
    """The same for one person's mailbox. ``waiting`` → ``sending`` → ``sent``, or an end that sent nothing."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        UNCLEAR = "unclear", "Perhaps sent"
        FAILED = "failed", "Not sent"
        LEFT_OUT = "left_out", "Left out"

    account_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(
        null=True, help_text="of the next try; while one is made, when it is over at the latest"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=("waiting", "sending")), name="staff_mail_due"),
            models.Index(fields=["at"], name="staff_mail_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by mail for user {self.user_id} ({self.state})"
