"""Tables of imports: the import itself, its pages, the rows that could not be used, and the timetable of a vendor's."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.accounts.models import Account
from hub.addons.models import Connection

WORKING = ("checking", "running")
"""States in which pages are being read; one import of an account's files at a time, and one over a connection."""


class Import(models.Model):
    """One file, or one asking of a vendor, on its way into an account.

    ``mapping`` → (dry run: ``checking`` → ``checked``) → ``running`` → ``done``; ``cancelled`` and ``failed`` are ends, too,
    and so is ``undone``. One of a vendor begins with ``checking`` or ``running``, and a dry run stays a dry run.
    """

    class Kind(models.TextChoices):
        CSV = "csv", "A file"
        VENDOR = "vendor", "An add-on's vendor"

    class State(models.TextChoices):
        MAPPING = "mapping", "Choose columns"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        RUNNING = "running", "Importing"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CSV)
    name = models.CharField(max_length=200, help_text="the file's name as the person knew it; add-on and trigger")
    file = models.CharField(max_length=80, blank=True, help_text="our own name for it, under HUB_HOME/imports")
    addon = models.CharField(max_length=40, blank=True)
    trigger = models.CharField(max_length=100, blank=True)
    connection = models.ForeignKey(
        Connection,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="over which it asks",
    )
    since = models.DateTimeField(null=True, help_text="what the vendor is asked for: what changed since; empty: all")
    scheduled = models.BooleanField(default=False, help_text="the timetable began it, and no person")
    dry = models.BooleanField(default=False, help_text="a dry run: going on with it is one, too")
    size = models.BigIntegerField(default=0, help_text="bytes, after turning it into UTF-8")
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, default=",")
    header = models.JSONField(default=list)
    rows_estimate = models.PositiveIntegerField(default=0)

    state = models.CharField(max_length=9, choices=State.choices, default=State.MAPPING)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict, help_text="byte offset and line of the next row; the vendor's word for it")
    counts = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True, help_text="why it failed, for people")
    waits = models.CharField(max_length=500, blank=True, help_text="why it does not go on just now, for people")

    by = models.JSONField(default=dict, help_text="the actor who started it")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    page = models.PositiveIntegerField(default=0, help_text="pages done; a message for another page is out of date")
    tries = models.PositiveSmallIntegerField(default=0, help_text="how often the present page was begun")
    lease_until = models.DateTimeField(null=True, help_text="after this the sweep rings again")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=WORKING, kind="csv"), name="import_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["connection"], condition=Q(state__in=WORKING, kind="vendor"), name="import_one_a_connection"
            ),
            models.UniqueConstraint(
                fields=["account", "addon"], condition=Q(state__in=WORKING, kind="vendor"), name="import_one_an_addon"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "addon", "-id"], condition=Q(kind="vendor"), name="import_of_addon"),
            models.Index(fields=["account", "-id"], name="import_list"),
            models.Index(fields=["lease_until"], condition=Q(state__in=WORKING), name="import_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class ImportPage(models.Model):
    """What one page did: ids, so that it can be enrolled afterwards or undone."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    created_ids = models.JSONField(default=list)
    matched_ids = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="import_page_once")]

    def __str__(self) -> str:
        return f"page {self.number} of import {self.of_id}"


class ImportRow(models.Model):
    """A row that could not be used, or was used with a warning."""

    class Outcome(models.TextChoices):
        BROKEN = "broken", "Not imported"
        WARNED = "warned", "Imported with a warning"
        UNMAPPED = "no_map", "Imported without a mapping"
        SKIPPED = "skip", "Left out: no mapping"

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    checking = models.BooleanField(default=False, help_text="found by the dry run")
    line = models.PositiveIntegerField(help_text="of the file; the how-manyeth record of the vendor's")
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    problem = models.CharField(max_length=300)
    raw = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["of", "checking", "line", "id"], name="import_row_report")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


class ImportSchedule(models.Model):
    """How often an account asks an add-on's vendor by itself, and what the vendor may change of contacts that are known already.

    The timetable is off until an import begun by hand has succeeded.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    addon = models.CharField(max_length=40)
    trigger = models.CharField(max_length=100)
    every_minutes = models.PositiveIntegerField(default=60)
    on = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, help_text="empty while it is off")
    overwrites = models.JSONField(
        default=list,
        help_text="hub.contacts.incoming.PARTS of known contacts that an import keeps as the vendor has them",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "addon", "trigger"], name="import_schedule_once")]
        indexes = [models.Index(fields=["next_at"], condition=Q(on=True), name="import_schedule_due")]

    def __str__(self) -> str:
        return f"{self.trigger} of {self.account_id} every {self.every_minutes} min"
