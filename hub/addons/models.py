"""Tables of the add-ons: what is installed, who may use it, and each account's connection. Those of the mappings live apart."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.addons.mappings.models import AccountMappings as AccountMappings
from hub.addons.mappings.models import MappingClone as MappingClone
from hub.addons.mappings.models import MappingRow as MappingRow
from hub.db.fields import SealedJSONField


class Manifest(models.Model):
    """An add-on frozen as data, so that every page can be drawn when the plugin's code is broken or gone."""

    addon = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=120)
    version = models.CharField(max_length=60, blank=True)
    distribution = models.CharField(max_length=200, blank=True)
    contract = models.PositiveSmallIntegerField(default=1)
    always_on = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    loaded = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title or self.addon


class Grade(models.Model):
    """What the last check of an add-on's code found out, with the version and the digest of that code."""

    addon = models.CharField(max_length=40, primary_key=True)
    version = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    level = models.CharField(max_length=10)
    badges = models.JSONField(default=list)
    cases = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.addon}: {self.level}"


class Availability(models.Model):
    """An operator lets an account, and every account beneath it, use an add-on."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    addon = models.CharField(max_length=40)
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["addon", "account"], name="available_once")]

    def __str__(self) -> str:
        return f"{self.addon} for {self.account_id}"


class Connection(models.Model):
    """One account's settings and credential for one add-on, with its health. With a ``user`` it is that person's own, for their
    mail (:mod:`hub.mail`): what asks for the account's connection means the one without.

    ``shared`` is the owner's word that accounts beneath may use this connection; ``borrows`` is such an account's wish to. Both
    are needed. ``complete`` is kept up to date so that the hot path need not ask the plugin's model.
    """

    class Health(models.TextChoices):
        UNKNOWN = "unknown", "Not tested yet"
        OK = "ok", "Working"
        NEEDS_ADMIN = "needs_admin", "Needs an admin"
        NEEDS_SIGN_IN = "needs_sign_in", "Needs a new sign-in"
        FAILING = "failing", "The vendor is failing"

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="connections")
    addon = models.CharField(max_length=40)
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, related_name="+")
    enabled = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    borrows = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    secrets = SealedJSONField(null=True, bound_by=("account_id", "addon"), also_by=("user_id",))
    complete = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    health = models.CharField(max_length=14, choices=Health.choices, default=Health.UNKNOWN)
    health_note = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True)
    blocked_until = models.DateTimeField(null=True)
    rate_at = models.DateTimeField(null=True)
    line_at = models.DateTimeField(null=True, help_text="where the line of waiting steps ends (hub.engine.pacing)")
    front_at = models.DateTimeField(null=True, help_text="the same of those that lost their place in it")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "addon"], condition=Q(user__isnull=True), name="connection_once"
            ),
            models.UniqueConstraint(fields=["account", "addon", "user"], name="connection_of_user"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(borrows=False, shared=False), name="connection_of_user_is_theirs"
            ),
            models.CheckConstraint(condition=~Q(borrows=True, shared=True), name="connection_lends_its_own"),
        ]
        indexes = [models.Index(fields=["addon", "account"], name="connection_by_addon")]

    def __str__(self) -> str:
        return f"{self.addon} of {self.account_id}"


class OAuthGrant(models.Model):
    """A sign-in at the vendor: what it is worth now, and who made it (:mod:`hub.dispatch.grant_moves` says what the states mean).

    A row of its own, so that a renewal locks it and nothing else, and so that signing out leaves no token behind.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="grant")
    state = models.CharField(max_length=10, help_text="hub.dispatch.grant_moves.State")
    version = models.PositiveIntegerField(default=0)
    tokens = SealedJSONField(null=True, bound_by=("connection_id",))
    obtained_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    scopes = models.JSONField(default=list)
    rotates = models.BooleanField(default=True)
    until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=1000, blank=True)
    signed_in_by = models.CharField(max_length=200, blank=True)
    signed_in_as = models.CharField(
        max_length=254, blank=True, help_text="the vendor's account; empty where it does not say"
    )
    signed_in_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["until"], condition=Q(state="renewing"), name="grant_renewing")]

    def __str__(self) -> str:
        return f"sign-in of connection {self.connection_id}"


class OAuthState(models.Model):
    """Somebody has been sent to a vendor's sign-in page and may come back once: with this state, in this browser session."""

    state_hash = models.CharField(max_length=64, primary_key=True)
    session_hash = models.CharField(max_length=64)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    addon = models.CharField(max_length=40)
    user_id = models.BigIntegerField()
    for_mailbox = models.BooleanField(default=False, help_text="they come back to Settings → Email")
    owner = models.ForeignKey(
        "users.User", on_delete=models.CASCADE, null=True, related_name="+", db_index=False,
        help_text="whose mailbox it is for; empty: the account's connection",
    )  # fmt: skip
    verifier = SealedJSONField(bound_by=("state_hash",))
    client_id = models.CharField(max_length=500)
    redirect_uri = models.CharField(max_length=500)
    consents = models.JSONField(default=list, help_text="names of what was asked for on top")
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"sign-in to {self.addon} for {self.account_id} under way"


class Budget(models.Model):
    """What an account may spend through costly steps: of one add-on, or (``addon`` empty) of all of them together."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    addon = models.CharField(max_length=40, blank=True)
    per_day = models.PositiveIntegerField(
        null=True, help_text="costly steps on one day of the account's; empty: no limit"
    )
    repeat_days = models.PositiveSmallIntegerField(
        null=True,
        help_text="of the account as a whole: so long the same costly thing is not sent to a contact again unasked",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "addon"], name="budget_once")]

    def __str__(self) -> str:
        return f"budget of {self.addon or 'all'} in {self.account_id}"


class OptionsCache(models.Model):
    """A vendor's list as it was last read, or why it could not be."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    data = models.JSONField(default=list, help_text="pairs of value and label, in the vendor's order")
    fetched_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    tried_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="options_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.connection_id}"


class Drift(models.Model):
    """A vendor's answers differ from what a plugin's version declares: one way, at one place, counted. No values, only shapes."""

    addon = models.CharField(max_length=40)
    version = models.CharField(max_length=60, blank=True)
    endpoint = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, help_text="hub.dispatch.drift.Kind")
    path = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    count = models.BigIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["addon", "version", "endpoint", "kind", "path"], name="drift_once")
        ]

    def __str__(self) -> str:
        return f"{self.addon} {self.version}: {self.endpoint} {self.kind} {self.path}"


class DriftSeen(models.Model):
    """Somebody of this account has seen an item and wants it no more. For other accounts it stays."""

    drift = models.ForeignKey(Drift, on_delete=models.CASCADE, related_name="seen")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drift", "account"], name="drift_seen_once")]

    def __str__(self) -> str:
        return f"{self.drift_id} seen in {self.account_id}"
