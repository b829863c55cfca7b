"""Tables of the accounts' tree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Account(models.Model):
    """A node of the tree. ``path`` holds the ids from the root down, itself included: ``/1/4/``."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", "Enterprise"
        ACCOUNT = "account", "Account"

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.TextField(db_index=True, default="", editable=False)
    depth = models.PositiveSmallIntegerField(default=0, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ACCOUNT)

    name = models.CharField(max_length=120)
    nickname = models.CharField(max_length=60, null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    account_holder = models.CharField(max_length=120, blank=True)
    company = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164; the number rung by automated calls")
    office_phone = models.CharField(
        max_length=40, blank=True, help_text="shown in the unsubscribe footer, never dialled"
    )
    email = models.EmailField(max_length=254, blank=True)
    website = models.URLField(max_length=300, blank=True)
    address1 = models.CharField(max_length=120, blank=True)
    address2 = models.CharField(max_length=120, blank=True)
    address3 = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=80, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code, such as US")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as America/Denver")

    theme_text = models.CharField(max_length=7, blank=True, help_text="colour as #rrggbb")
    header_color = models.CharField(max_length=7, blank=True)
    footer_color = models.CharField(max_length=7, blank=True)
    calendar = models.JSONField(default=dict, blank=True, help_text="hub.accounts.calendars.Calendar")
    notification_delete_days = models.PositiveIntegerField(default=0, help_text="0: never")
    # Contacts live two floors up, so this is a plain number and not a foreign key.
    default_lead_source_id = models.BigIntegerField(null=True, blank=True)

    # The account's own lock. What lies beneath is locked with it: ``Switch.locked`` says so for each.
    locked_at = models.DateTimeField(null=True, blank=True)
    secure = models.BooleanField(default=False)
    link_screening_until = models.DateTimeField(null=True, blank=True)
    template = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["parent", "name"], name="account_children")]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> tuple[int, ...]:
        """Ids from the root down to the parent."""
        return tuple(int(part) for part in self.path.split("/") if part)[:-1]

    @property
    def is_paused(self) -> bool:
        """Whether the switch stands on paused; read with the account (``select_related("switch")``)."""
        return self.switch.status == Switch.Status.PAUSED

    @property
    def is_locked(self) -> bool:
        """Whether an operator has locked it or an account above; read with the account, as ``is_paused`` is."""
        return self.switch.locked


class Switch(models.Model):
    """Active or paused, and locked or not: a row of its own, so that nothing else updates it and an UPDATE of it is a barrier.

    ``locked`` counts the locks of the accounts above as well; ``hub.accounts.changes`` keeps it true to them.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="switch")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    locked = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.status}{', locked' if self.locked else ''}"

    @property
    def is_open(self) -> bool:
        """Whether steps of the account may leave: neither paused nor locked."""
        return self.status == self.Status.ACTIVE and not self.locked


class Lock(models.Model):
    """A subject that this account keeps the same for accounts beneath it: which, and how far down."""

    class Reach(models.TextChoices):
        CHILDREN = "children", "Accounts directly beneath"
        SUBTREE = "subtree", "All accounts beneath"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="locks")
    subject = models.CharField(max_length=40)
    reach = models.CharField(max_length=8, choices=Reach.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "subject"], name="lock_once"),
            models.CheckConstraint(condition=~Q(subject=""), name="lock_names_a_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.reach}) at {self.account_id}"
