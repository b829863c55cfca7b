"""Tables of contacts and of the lists that describe them; those of bulk changes live in their own room."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.contacts.bulk.models import BulkChange as BulkChange
from hub.contacts.bulk.models import BulkPortion as BulkPortion


class LeadSource(models.Model):
    """Where contacts come from. An account beneath a lock uses the sources of the account that locks."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=100, editable=False, help_text="the name, folded for comparing")
    hidden = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="lead_source_once")]

    def __str__(self) -> str:
        return self.name


class SalesCycle(models.Model):
    """A stage on the way from stranger to client."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=100, editable=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="sales_cycle_once")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person. Phones are E.164 where they could be read so; the ``…_key`` columns are folded for comparing and sorting."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone_cell = models.CharField(max_length=40, blank=True)
    phone_home = models.CharField(max_length=40, blank=True)
    phone_work = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=160, blank=True)
    line1 = models.CharField(max_length=160, blank=True)
    line2 = models.CharField(max_length=160, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=60, blank=True)
    whiteboard = models.TextField(blank=True)
    deal_size = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    external_id = models.CharField(max_length=120, blank=True, help_text="the id under which it first came in")

    lead_source = models.ForeignKey(
        LeadSource, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    sales_cycle = models.ForeignKey(
        SalesCycle, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    assigned_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    # E-mail may be sent until somebody says no; texts and automated calls need a yes first.
    email_ok = models.BooleanField(default=True)
    sms_ok = models.BooleanField(default=False)
    call_ok = models.BooleanField(default=False)
    consent_source = models.CharField(max_length=60, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)

    custom = models.JSONField(default=dict, blank=True, help_text="label → value")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    name_key = models.CharField(max_length=220, blank=True, editable=False)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    search_text = models.CharField(max_length=800, blank=True, editable=False)

    class Meta:
        # SQLite gets a covering index over search_text, PostgreSQL a trigram one where it can: migration 0002.
        indexes = [
            models.Index(fields=["account", "id"], name="contact_newest"),
            models.Index(fields=["account", "name_key", "id"], name="contact_by_name"),
            models.Index(fields=["account", "updated_at", "id"], name="contact_by_update"),
            models.Index(fields=["email_key", "account"], condition=~Q(email_key=""), name="contact_by_email"),
            models.Index(fields=["phone_cell", "account"], condition=~Q(phone_cell=""), name="contact_by_cell"),
            models.Index(fields=["phone_home", "account"], condition=~Q(phone_home=""), name="contact_by_home"),
            models.Index(fields=["phone_work", "account"], condition=~Q(phone_work=""), name="contact_by_work"),
            models.Index(fields=["account", "id"], condition=Q(archived_at__isnull=False), name="contact_archived"),
            models.Index(fields=["lead_source"], condition=Q(lead_source__isnull=False), name="contact_by_source"),
            models.Index(fields=["sales_cycle"], condition=Q(sales_cycle__isnull=False), name="contact_by_cycle"),
            models.Index(fields=["assigned_user"], condition=Q(assigned_user__isnull=False), name="contact_by_user"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What a person would call this contact: the name, else whatever there is."""
        return (
            f"{self.first_name} {self.last_name}".strip()
            or self.company
            or self.email
            or self.phone_cell
            or f"Contact {self.pk}"
        )


class ExternalId(models.Model):
    """The id of a contact in another system. A contact may be known to several, each id belongs to one contact."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(max_length=60, blank=True, help_text="an add-on's name, or csv, or api")
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "value"], name="external_id_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.value}"


class Tag(models.Model):
    """A word put on contacts."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class ContactTag(models.Model):
    """A tag on a contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="contact_tags", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "tag"], name="contact_tag_once")]
        indexes = [models.Index(fields=["tag", "contact"], name="contact_tag_members")]

    def __str__(self) -> str:
        return f"tag {self.tag_id} on contact {self.contact_id}"


class CustomField(models.Model):
    """A field of the account's own. Contacts keep its values under its label."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.CharField(max_length=60)
    key = models.CharField(max_length=60, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="custom_field_once")]

    def __str__(self) -> str:
        return self.label


class Unmatched(models.Model):
    """A value that a contact came in with and that is in no list of the account: for a person to place."""

    class Field(models.TextChoices):
        LEAD_SOURCE = "lead_source", "Lead source"
        SALES_CYCLE = "sales_cycle", "Sales cycle"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=12, choices=Field.choices)
    value = models.CharField(max_length=100)
    key = models.CharField(max_length=100, editable=False)
    came_from = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "field", "key"], name="unmatched_by_value")]

    def __str__(self) -> str:
        return f"{self.field} {self.value!r} of contact {self.contact_id}"


class SavedFilter(models.Model):
    """A person's own filter of the contacts list, kept under a name."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
