"""Tables of the mappings."""

from __future__ import annotations

from django.db import models


class AccountMappings(models.Model):
    """What an account has mapped for one add-on. Its row is locked by whoever changes a row beneath it."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    addon = models.CharField(max_length=40)
    skip_unmapped = models.BooleanField(default=False, help_text="records that no row is for are left out of an import")

    class Meta:
        app_label = "addons"
        constraints = [models.UniqueConstraint(fields=["account", "addon"], name="mappings_once")]

    def __str__(self) -> str:
        return f"mappings of {self.addon} in {self.account_id}"


class MappingRow(models.Model):
    """One choice of the vendor's and what of ours it becomes. Never edited: a change is a new row, so an id stands for one word.

    A row whose ``mapping`` is empty is a default: its ``choice`` is a kind of record. ``key`` is our thing's id as text, or a
    tag's folded name; no relation, for contacts and plans live on other floors. ``label`` and ``name`` are what the two sides
    were called when somebody chose them.
    """

    of = models.ForeignKey(AccountMappings, on_delete=models.CASCADE, related_name="rows")
    mapping = models.CharField(max_length=90, blank=True)
    choice = models.CharField(max_length=300, blank=True)
    label = models.CharField(max_length=300, blank=True)
    right = models.CharField(max_length=12, help_text="hub.core.records.RIGHTS")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "addons"
        constraints = [
            models.UniqueConstraint(fields=["of", "mapping", "choice", "right", "key"], name="mapping_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.label or self.choice or 'default'} → {self.name}"


class MappingClone(models.Model):
    """An account passed its mappings on: what that did in each account beneath, so that it can be taken back."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    addon = models.CharField(max_length=40)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    done = models.JSONField(default=list, help_text="hub.addons.mappings.passing_on.Done of each account")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "addons"
        indexes = [models.Index(fields=["account", "addon", "-id"], name="mapping_clone_last")]

    def __str__(self) -> str:
        return f"mappings of {self.addon} passed on by {self.account_id}"
