"""Asking about imports: the list, how far one is, what was wrong with which row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.expressions import RawSQL

from hub.accounts.models import Account
from hub.contacts.exporting import csv_line
from hub.core import redact
from hub.db import dialect, paging, scoping
from hub.imports.models import WORKING, Import, ImportRow

LINES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. ``rate`` is rows a second; ``remaining`` is in seconds, None while it cannot be told."""

    state: str
    working: bool
    rows: int
    estimate: int
    percent: int
    rate: float
    remaining: int | None
    counts: dict[str, int]


def get(account: Account | int, import_id: Any) -> Import:
    """An import of this account, or ``NotFound``."""
    return scoping.get(Import.objects.all(), account, import_id)


def listing(account: Account | int, cursor: str | None = None, size: int = 20) -> paging.Page[Import]:
    """The account's imports, newest first."""
    return paging.page(scoping.within(Import.objects.all(), account), cursor, size)


def begun(account: Account | int, also: int | None = None, size: int = 20) -> list[Import]:
    """The latest that a person began in earnest, newest first, for the filter of the contacts list; ``also`` is among them in any
    case, where it is this account's."""
    rows = scoping.within(Import.objects.filter(started_at__isnull=False, dry=False), account)
    rows = rows.only("pk", "name", "started_at")
    found = list(rows.filter(scheduled=False).order_by("-pk")[:size])
    if also is not None and also not in {one.pk for one in found}:
        found += rows.filter(pk=also)
    return found


def contact_ids(account: Account | int, import_id: int) -> RawSQL:
    """Ids of the contacts that an import of this account made or met, as a query that stands after ``IN``.

    Each page keeps them as a list, which the database takes apart.
    """
    lists = [dialect.numbers_of(f"page.{column}", "one") for column in ("created_ids", "matched_ids")]
    pages = "imports_import AS mine JOIN imports_importpage AS page ON page.of_id = mine.id"
    halves = [f"SELECT {id_} FROM {pages}, {ids} WHERE mine.id = %s AND mine.account_id = %s" for ids, id_ in lists]
    return RawSQL(" UNION ALL ".join(halves), (import_id, scoping.id_of(account)) * 2)


def progress(row: Import, now: datetime) -> Progress:
    """How far it is, reckoned in bytes of the file: they are known, rows are not."""
    counts = {name: int(number) for name, number in row.counts.items()}
    begun = row.mapping.get("start", {}).get("offset", 0)
    done, all_of_it = row.cursor.get("offset", begun) - begun, max(1, row.size - begun)
    working = row.state in WORKING
    seconds = ((row.ended_at or now) - row.started_at).total_seconds() if row.started_at else 0.0
    rate = counts.get("rows", 0) / seconds if seconds > 0 else 0.0
    left = round((all_of_it - done) * seconds / done) if working and done > 0 and seconds > 0 else None
    at_end = row.state in (Import.State.DONE, Import.State.CHECKED, Import.State.UNDONE)
    percent = 100 if at_end else min(99, int(100 * done / all_of_it))
    return Progress(row.state, working, counts.get("rows", 0), row.rows_estimate, percent, round(rate, 1), left, counts)


def problems(row: Import, cursor: str | None = None, size: int = 50) -> paging.Page[ImportRow]:
    """The rows with problems, by line: of the import, or of the dry run while there is nothing else."""
    return paging.page(ImportRow.objects.filter(of=row), cursor, size, ("line", "id"))


def problems_csv(row: Import) -> Iterator[str]:
    """The report as CSV, line by line, guarded like every export and without secrets."""
    yield "\ufeff" + csv_line(["Line", "Result", "Problem", "Row as it came"])
    last = 0
    rows = ImportRow.objects.filter(of=row).order_by("id")
    while found := list(rows.filter(pk__gt=last)[:LINES_AT_ONCE]):
        for one in found:
            cells = (str(one.line), one.get_outcome_display(), one.problem, one.raw)
            yield csv_line([redact.text(cell) for cell in cells])  # before a quotation mark becomes two
        last = found[-1].pk


def stuck(now: datetime, kind: str = Import.Kind.CSV) -> list[tuple[int, int]]:
    """(import, page) of those whose lease has run out: their message or their worker is lost, or they waited; the bell rings
    again. A file waits silently while its account is locked; a vendor's import is asked and says why it waits."""
    rows = Import.objects.filter(kind=kind, state__in=WORKING, lease_until__lt=now)
    if kind == Import.Kind.CSV:
        rows = rows.filter(account__switch__locked=False)
    return list(rows.values_list("pk", "page"))
