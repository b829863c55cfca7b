"""Tables of people, their grants, their sessions, and the counters that slow guessers down. Keys of programs: `keys`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from hub.accounts.models import Account
from hub.users.keys.models import ApiHabits as ApiHabits
from hub.users.keys.models import ApiKey as ApiKey
from hub.users.keys.models import ApiUser as ApiUser


class UserManager(BaseUserManager["User"]):
    """Finds users by name without regard to case."""

    def get_by_natural_key(self, username: str | None) -> User:
        found = self.named(username or "")
        if found is None:
            raise User.DoesNotExist
        return found

    def named(self, username: str) -> User | None:
        """The user of this name; the database folds the case on both sides, as its unique index does."""
        return self.alias(folded=Lower("username")).filter(folded=Lower(Value(username))).first()


class User(AbstractBaseUser):
    """A person who signs in. ``state`` says whether they may; ``session_epoch`` ends all their sessions when it moves."""

    class State(models.TextChoices):
        INVITED = "invited", "Invited"
        ACTIVE = "active", "Active"
        BLOCKED = "blocked", "Blocked"
        ARCHIVED = "archived", "Archived"

    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.INVITED)
    must_change_password = models.BooleanField(default=False)
    landing_page = models.CharField(max_length=60, blank=True)
    api_v2_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="username_whatever_the_case")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name people know them by."""
        return f"{self.first_name} {self.last_name}".strip() or self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django asks for a flag; our states are richer
        return self.state == self.State.ACTIVE

    def get_session_auth_hash(self) -> str:
        """What a session must still match: another password, role or state ends it."""
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None) -> str:
        value = f"{self.password}|{self.session_epoch}|{self.state}"
        return salted_hmac("hub.users.session", value, secret=secret, algorithm="sha256").hexdigest()


class Grant(models.Model):
    """What one principal may do at one place, and how far down from there. Grants add up."""

    class PrincipalKind(models.TextChoices):
        PERSON = "person", "Person"
        API = "api", "API user"
        PLUGIN = "plugin", "Plugin"

    class Reach(models.TextChoices):
        HERE = "here", "Here"
        CHILDREN = "children", "Here and directly beneath"
        SUBTREE = "subtree", "Here and everywhere beneath"

    class Visibility(models.TextChoices):
        OWN = "own", "Own records"
        TEAM = "team", "The team's records"
        ALL = "all", "All records"

    principal_kind = models.CharField(max_length=6, choices=PrincipalKind.choices, default=PrincipalKind.PERSON)
    principal_key = models.CharField(max_length=100, blank=True, help_text="an API user's id or a plugin's name")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="grants"
    )
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="grants", help_text="empty: the platform"
    )
    reach = models.CharField(max_length=8, choices=Reach.choices, default=Reach.HERE)
    template = models.CharField(max_length=40)
    visibility = models.CharField(
        max_length=4, choices=Visibility.choices, null=True, blank=True, help_text="empty: as the template says"
    )
    extra = models.JSONField(default=list, blank=True)
    withdrawn = models.JSONField(default=list, blank=True)
    secure = models.BooleanField(default=False)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_kind="person", user__isnull=False, principal_key="")
                | Q(~Q(principal_kind="person"), ~Q(principal_key=""), user__isnull=True),
                name="grant_names_its_principal",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(template="owner"),
                name="one_owner_an_account",
            ),
            models.UniqueConstraint(
                fields=["user", "account", "template"],
                condition=Q(user__isnull=False),
                name="grant_once",
            ),
        ]
        indexes = [models.Index(fields=["principal_kind", "principal_key"], name="grant_by_principal")]

    def __str__(self) -> str:
        return f"{self.template} at {self.account_id}"


class SessionManager(BaseSessionManager["Session"]):
    """Django's own, under our table."""


class Session(AbstractBaseSession):
    """One signed-in browser. The columns beside Django's let a person see and end their sessions."""

    user_id = models.BigIntegerField(null=True, db_index=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ip = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    objects: ClassVar[SessionManager] = SessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        from hub.users.sessions import SessionStore

        return SessionStore


class SignInTally(models.Model):
    """How often signing in failed for one name, from one address or (``ip`` empty) from anywhere.

    The name is kept as a digest: people type their password into the wrong field.
    """

    name_digest = models.CharField(max_length=64)
    ip = models.CharField(max_length=45, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)
    blocked_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name_digest", "ip"], name="tally_once")]
        indexes = [models.Index(fields=["last_failed_at"], name="tally_by_age")]

    def __str__(self) -> str:
        return f"{self.failures} failures"
