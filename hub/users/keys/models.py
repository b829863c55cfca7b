"""Tables of the API's door: API users, keys, and how an account wants to be treated by the API."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.db.fields import SealedJSONField


class ApiUser(models.Model):
    """A program with a name. It cannot sign in to pages; its grant says which endpoints it may call."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    addresses = models.JSONField(default=list, help_text="addresses and networks it may call from; none refuses all")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="empty: until it is withdrawn")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "users"
        indexes = [models.Index(fields=["account", "name"], name="api_user_by_name")]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """One secret. Of each account and kind one is current (``ends_at`` empty); older ones may still have their grace."""

    class Kind(models.TextChoices):
        WEB_KEY = "web_key", "Web Key"
        ACCESS_TOKEN = "access_token", "X-Access-Token"
        API_USER = "api_user", "Secret of an API user"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    api_user = models.ForeignKey(ApiUser, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, help_text="the part that is no secret: to look it up by")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the whole secret")
    ending = models.CharField(max_length=4, help_text="the last characters, to tell one from another")
    secret = SealedJSONField(bound_by=("account_id", "kind", "prefix"), null=True)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "users"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(ends_at__isnull=True, api_user__isnull=True),
                name="one_current_key",
            ),
            models.UniqueConstraint(
                fields=["api_user"],
                condition=Q(ends_at__isnull=True, api_user__isnull=False),
                name="one_current_secret",
            ),
        ]
        indexes = [models.Index(fields=["account", "kind"], name="api_key_of_account")]

    def __str__(self) -> str:
        return f"{self.kind} …{self.ending}"


class ApiHabits(models.Model):
    """How an account wants the API to treat what it sends. No row: as the defaults say."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="+")
    duplicate_check = models.BooleanField(default=False, help_text="refuse to make a client who is there already")

    class Meta:
        app_label = "users"

    def __str__(self) -> str:
        return f"API habits of account {self.account_id}"
