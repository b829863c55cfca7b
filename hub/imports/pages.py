"""One page of an import: read a thousand rows, take them in, write down where the next begins.

``run`` is called inside a transaction, so the contacts of a page and the cursor behind it stand or fall together: a worker
killed in between leaves no trace, and the page is done again from the same place. A message for a page that is done already
finds another number in the row and does nothing, so messages may come twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import F

from hub.audit.actor import Actor
from hub.contacts import intake, lists
from hub.contacts.incoming import Intake
from hub.db import bulk, clock
from hub.imports import ending, files, mapping, reader
from hub.imports.models import WORKING, Import, ImportPage, ImportRow
from hub.imports.options import Options
from hub.imports.reader import Row
from hub.imports.upload import MOST_ROWS

PAGE_ROWS = 1_000  # about a fifth of a second: others wait no longer than that for SQLite's one writer
LEASE = timedelta(minutes=2)  # a page that took longer belongs to a worker that is gone
MOST_TRIES = 5  # of one page; then it is the page and not the weather
REPORTED = 5_000  # problem rows kept for the report; beyond, they are counted


def begin(import_id: int, page: int) -> bool:
    """Count a try of a page, in a transaction of its own: it must survive the try. False: there is nothing to do, or the account
    is locked, and the sweep rings again when it no longer is."""
    now = clock.now()
    rows = Import.objects.filter(pk=import_id, page=page, state__in=WORKING, account__switch__locked=False)
    if not rows.update(tries=F("tries") + 1, lease_until=now + LEASE):
        return False
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        return False
    if row.tries > MOST_TRIES:
        ending.fail(row, f"The rows from line {row.cursor['line']} on could not be taken in, {MOST_TRIES} times over.")
        return False
    return True


def run(import_id: int, page: int) -> int | None:
    """Do a page and say which one is next; None when there is none, or when this one is no longer wanted."""
    row = Import.objects.select_for_update().filter(pk=import_id, page=page, state__in=WORKING).first()
    if row is None:
        return None
    if row.cursor.get("at_end"):
        ending.finish(row)
        return None
    rows = _read(row)
    if rows is None:
        ending.fail(row, "The uploaded file is gone from the hub's disk. Upload it again.")
        return None
    _place(row, rows)
    if row.counts["rows"] > MOST_ROWS:
        ending.fail(row, f"The file has more than {MOST_ROWS:,} rows. What was imported up to here stays.")
        return None
    _move_on(row, rows)
    return row.page


def _read(row: Import) -> list[Row] | None:
    try:
        with files.path_of(row.file).open("rb") as file:
            place = row.cursor
            found = reader.read(file, place["offset"], place["line"], row.delimiter, len(row.header))
            return list(islice(found, PAGE_ROWS))
    except FileNotFoundError:
        return None


def _place(row: Import, rows: Sequence[Row]) -> None:
    """Take the readable rows in; count all, report those with problems."""
    checking = row.state == Import.State.CHECKING
    targets = row.mapping["columns"]
    people = [(one, mapping.person(one.cells, targets)) for one in rows if one.cells is not None]
    in_force = lists.of(row.account_id)
    options, _gone = Options.model_validate(row.options).among(in_force)
    policy = options.policy(row.name, bool(mapping.new_labels(targets)))
    answers = intake.intake_many(
        row.account_id, [person for _, person in people], by=actor_of(row), policy=policy, known=in_force, dry=checking
    )
    told = [*((one, answer) for (one, _), answer in zip(people, answers, strict=True))]
    _count(row, rows, answers)
    _report(row, [one for one in rows if one.cells is None], told, checking)
    if not checking:
        remember(row, answers)


def _count(row: Import, rows: Sequence[Row], answers: Sequence[Intake]) -> None:
    counts = Counter(row.counts)
    counts["rows"] += len(rows)
    counts["broken"] += len(rows) - len(answers)
    counts.update(Counter(answer.outcome for answer in answers))
    counts["warned"] += sum(1 for answer in answers if answer.warnings and answer.outcome != "broken")
    row.counts = dict(counts)


def _report(row: Import, unread: Sequence[Row], told: Sequence[tuple[Row, Intake]], checking: bool) -> None:
    lines = [(one.line, "broken", one.problem, one.raw) for one in unread]
    for one, answer in told:
        if answer.outcome == "broken":
            lines.append((one.line, "broken", answer.problem, one.raw))
        elif answer.warnings:
            lines.append((one.line, "warned", " ".join(answer.warnings), one.raw))
    room = REPORTED - row.counts.get("reported", 0)
    kept = sorted(lines)[: max(0, room)]
    row.counts["reported"] = row.counts.get("reported", 0) + len(kept)
    values = [(row.pk, checking, line, outcome, text[:300], storable(raw)) for line, outcome, text, raw in kept]
    bulk.insert(ImportRow, ("of_id", "checking", "line", "outcome", "problem", "raw"), values)


def storable(raw: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return raw.replace("\x00", "\ufffd")


def remember(row: Import, answers: Sequence[Intake]) -> None:
    """Write down which contacts this page made and which it met, for the plan afterwards and for undoing."""
    made = [answer.contact_id for answer in answers if answer.outcome == "created"]
    met = {answer.contact_id for answer in answers if answer.outcome in ("updated", "unchanged")} - set(made)
    ImportPage.objects.create(
        of=row, number=row.page, created_ids=made, matched_ids=sorted(one for one in met if one), at=clock.now()
    )


def _move_on(row: Import, rows: Sequence[Row]) -> None:
    cursor: dict[str, Any] = dict(row.cursor)
    if rows:
        cursor |= {"offset": rows[-1].next_offset, "line": rows[-1].next_line}
    if len(rows) < PAGE_ROWS:
        cursor["at_end"] = True
    row.cursor, row.page, row.tries = cursor, row.page + 1, 0
    row.lease_until = clock.now() + LEASE
    row.save(update_fields=["cursor", "page", "tries", "lease_until", "counts"])


def actor_of(row: Import) -> Actor:
    """Who started it, as the audit of every page names them."""
    return Actor(**row.by)
