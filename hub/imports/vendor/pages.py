"""One page of a vendor's import: its contacts, its enrolments, its report and the cursor behind it, written together.

The functions here are called inside a transaction. The number of the page is the proof that it is still wanted: of two
workers that asked for the same page, because one was thought to be dead, the second finds another number and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from hub.addons.mappings import reading
from hub.contacts import intake, lists
from hub.contacts.incoming import Intake, Policy
from hub.core import redact
from hub.core.records import Page
from hub.db import bulk, clock
from hub.imports.models import WORKING, Import, ImportRow
from hub.imports.pages import actor_of, remember, storable
from hub.imports.vendor import ending, enrolling, pace, placing, reads, standing
from hub.imports.vendor.placing import InForce, Placed

TURN = timedelta(seconds=5)
"""So long a job asks for page after page; then others get a turn."""

LEASE = timedelta(minutes=5)
"""More than a turn and a page's own time: after it the worker counts as gone, and the sweep rings again."""

MOST_TRIES = 10
"""Turns without a single page, one after the other: then somebody must look. With the pauses between them more than an hour."""

REPORTED = 5_000
"""Records with something to know that are kept for the report; beyond, they are counted."""

UNMAPPED_REPORTED = 1_000
"""Of them, those for whose choice nothing was said: they must not crowd out what is broken."""

MOST_CHOICES = 200
"""Choices without a mapping that are told apart."""


class Superseded(Exception):
    """The page is not wanted any more: the import was cancelled, or somebody else has written it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a job needs for its turn.

    Attributes:
        at: when the first page may be asked for.
    """

    import_id: int
    page: int
    ready: standing.Ready
    since: datetime | None
    cursor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A page was written.

    Attributes:
        following: the next page's number; None when there is none.
        at: when it may be asked for.
        rests: that is so late that the sweep shall ring for it.
    """

    following: int | None
    at: datetime
    rests: bool = False


def begin(import_id: int, page: int) -> Turn | None:
    """Count a try, in a transaction of its own: it must survive the try. None: it is not wanted, it waits, or it has ended."""
    now = clock.now()
    row = _held(import_id, page)
    if row is None or _in_good_hands(row, now):
        return None
    found = standing.of(row, now)
    if isinstance(found, standing.Waits):
        rest(row, found.why, found.again)
        return None
    if row.tries >= MOST_TRIES:
        ending.fail(row, f"It was tried {MOST_TRIES} times over and did not get any further. {row.waits}".strip())
        return None
    at = pace.take(found.connection_id, found.info.rate, now, TURN)
    if at - now > TURN:
        rest(row, "", at)
        return None
    Import.objects.filter(pk=row.pk).update(tries=F("tries") + 1, lease_until=now + LEASE)
    return Turn(row.pk, row.page, found, row.since, row.cursor.get("at"), at)


def keep(turn: Turn, number: int, page: Page) -> Kept:
    """Write a page. Raises :class:`Superseded` where it is not wanted."""
    row = _held(turn.import_id, number)
    if row is None:
        raise Superseded
    _place(row, page)
    now = clock.now()
    row.cursor = {"at": page.cursor} if page.cursor is not None else {}
    row.page, row.tries, row.waits, row.lease_until = row.page + 1, 0, "", now + LEASE
    row.save(update_fields=["cursor", "page", "tries", "waits", "lease_until", "counts", "mapping"])
    if page.cursor is None:
        ending.finish(row)
        return Kept(None, now)
    at = pace.take(turn.ready.connection_id, turn.ready.info.rate, now, TURN)
    rests = at - now > TURN
    if rests:
        rest(row, "", at)
    return Kept(row.page, at, rests)


def rest(row: Import, why: str, until: datetime) -> None:
    """It goes on at ``until``: the sweep rings then. ``why`` is for people; empty where it is the vendor's rate alone."""
    row.waits, row.lease_until = redact.cut(why, 500), until
    row.save(update_fields=["waits", "lease_until"])


def _in_good_hands(row: Import, now: datetime) -> bool:
    """Somebody is at it, or it waits for its time: a message that comes twice asks the vendor once."""
    return bool(row.tries and row.lease_until and row.lease_until > now)


def held(turn: Turn, number: int) -> Import | None:
    """The import of this turn, locked, while the page is the next one."""
    return _held(turn.import_id, number)


def _held(import_id: int, page: int) -> Import | None:
    rows = Import.objects.select_for_update(of=("self",)).filter(kind=Import.Kind.VENDOR, state__in=WORKING)
    return rows.filter(pk=import_id, page=page).first()


def _place(row: Import, page: Page) -> None:
    checking, by = row.state == Import.State.CHECKING, actor_of(row)
    known = lists.of(row.account_id)
    mapped = reading.of(row.account_id, row.addon)
    first = row.counts.get("rows", 0) + 1
    titles = reading.titles(row.connection_id, row.addon, page.records)
    placed = placing.place_all(page.records, mapped, InForce.of(known), first, titles)
    taken = [(one, one.person) for one in placed if one.person is not None]
    current = reads.schedule(row.account_id, row.addon, row.trigger).overwrites
    policy = Policy(
        source=row.addon, told_as=row.name, overwrites=current, make_lead_sources=False, make_custom_fields=True
    )
    people = [person for _, person in taken]
    answers = intake.intake_many(row.account_id, people, by=by, policy=policy, known=known, dry=checking)
    told = [(one, answer) for (one, _), answer in zip(taken, answers, strict=True)]
    _count(row, placed, answers)
    _report(row, placed, told, checking)
    if checking:
        enrolling.count(row, told)
        return
    enrolling.enroll(row, told, by=by)
    remember(row, answers)


def _count(row: Import, placed: Sequence[Placed], answers: Sequence[Intake]) -> None:
    counts = Counter(row.counts)
    counts["rows"] += len(placed)
    counts["skipped"] += len(placed) - len(answers)
    counts["unmapped"] += sum(one.unmapped for one in placed)
    counts.update(Counter(answer.outcome for answer in answers))
    row.counts = dict(counts)
    choices = Counter(row.mapping.get("unmapped", {}))
    choices.update(choice[:200] for choice in placing.choices(placed))
    row.mapping = row.mapping | {"unmapped": dict(choices.most_common(MOST_CHOICES))}


Line = tuple[Placed, str, str]
"""A record, what became of it, and what there is to say."""


def _report(row: Import, placed: Sequence[Placed], told: Sequence[tuple[Placed, Intake]], checking: bool) -> None:
    answers = {one.number: answer for one, answer in told}
    lines = [line for one in placed if (line := _line(one, answers.get(one.number)))]
    row.counts["warned"] = row.counts.get("warned", 0) + sum(line[1] == "warned" for line in lines)
    unmapped = [line for line in lines if line[1] in ("no_map", "skip")]
    others = [line for line in lines if line[1] in ("broken", "warned")]
    kept = _room(row, "reported", others, REPORTED) + _room(row, "reported_unmapped", unmapped, UNMAPPED_REPORTED)
    values = [
        (row.pk, checking, one.number, outcome, text[:300], storable(one.raw))
        for one, outcome, text in sorted(kept, key=lambda line: line[0].number)
    ]
    bulk.insert(ImportRow, ("of_id", "checking", "line", "outcome", "problem", "raw"), values)


def _room(row: Import, name: str, lines: Sequence[Line], most: int) -> list[Line]:
    before = row.counts.get(name, 0)
    kept = list(lines[: max(0, most - before)])
    row.counts[name] = before + len(kept)
    return kept


def _line(one: Placed, answer: Intake | None) -> Line | None:
    """What the report says of a record; None where all is well."""
    choice = one.choice_name
    if answer is None:
        left = (
            f"Nothing is mapped for “{choice}”, so it was left out."
            if choice
            else "Nothing is mapped for it, so it was left out."
        )
        return one, "skip", left
    if answer.outcome == "broken":
        return one, "broken", answer.problem
    if one.unmapped:
        return one, "no_map", " ".join([f"Nothing is mapped for “{choice}”.", *answer.warnings])
    return (one, "warned", " ".join(answer.warnings)) if answer.warnings else None
