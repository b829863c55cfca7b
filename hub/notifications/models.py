"""The table of notifications: one row for each person told."""

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
