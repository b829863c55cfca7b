"""First steps that are not due at one moment for all: on the contact's own clock, by a day of theirs, or a portion at a time.

The insert-select of an enrolment gives everybody the same time; here those who differ are moved. Plans that ask nobody where
they are, started all at once, never come here, so starting a hundred thousand contacts on them costs what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from hub.db import bulk
from hub.db.errors import Invalid
from hub.plans import moments, scheduling, sleeping, spreading, whereabouts
from hub.plans.models import Enrollment, StepRun
from hub.plans.moments import Clock
from hub.plans.spreading import Portion, Spread
from hub.plans.starting import Start
from hub.plans.whereabouts import NOBODY, Person

LOOKED_AT = 2_000
"""Contacts looked at together."""

Row = tuple[UUID, int, int]
"""A first run: its id, its contact, its enrollment."""


def differ(start: Start, clock: Clock, spread: Spread | None) -> datetime:
    """Move the first steps of this enrolment to where each contact's clock and portion want them; says when the last is due.

    Raises:
        Invalid: so slow a start would take longer than a year.
    """
    personal = moments.asks_who(start.version.steps[0], clock.rules, clock.calendar)
    if not personal and spread is None:
        return start.first_due
    rows = _rows(start)
    slots = _slots(start, clock, spread, len(rows))
    size, last = spread.number if spread else max(len(rows), 1), start.first_due
    for first in range(0, len(rows), LOOKED_AT):
        portion = [(row, slots[at // size]) for at, row in enumerate(rows[first : first + LOOKED_AT], first)]
        dues = list(_dues(portion, start, clock, personal))
        bulk.update(StepRun, ("due_at",), [(due, row[0]) for row, _slot, due in dues if due != start.first_due])
        bulk.update(
            Enrollment, ("started_at",), [(slot.starts, row[2]) for row, slot, _due in dues if slot.starts != start.at]
        )
        last = max(last, *(due for _row, _slot, due in dues))
    return last


def _rows(start: Start) -> list[Row]:
    rows = StepRun.objects.filter(
        enrollment__plan=start.plan, enrollment__state=Enrollment.State.RUNNING, enrollment__batch=start.batch
    )
    return list(rows.order_by("enrollment_id").values_list("pk", "contact_id", "enrollment_id"))


def _slots(start: Start, clock: Clock, spread: Spread | None, contacts: int) -> list[Portion]:
    """The portions, by the account's clock."""
    if spread is None:
        return [Portion(start.at, start.first_due)]
    step, sleeps = start.version.steps[0], sleeping.read(start.plan.sleeps)
    found: list[Portion] = []
    opens = partial(moments.may_start, step, clock, sleeps=sleeps)

    def first_due(at: datetime) -> datetime:
        due = scheduling.due_of_first(start.version, at, clock)
        return opens(due) if sleeps else due

    for portion in islice(
        spreading.portions(spread, start.at, clock.account, first_due, opens), spreading.count(spread, contacts)
    ):
        if portion.starts - start.at > spreading.LONGEST:
            raise Invalid({"number": _("So slow a start would take longer than a year. Let more start at a time.")})
        found.append(portion)
    return found


def _dues(
    rows: Sequence[tuple[Row, Portion]], start: Start, clock: Clock, personal: bool
) -> Iterator[tuple[Row, Portion, datetime]]:
    people = whereabouts.of(contact_id for (_run, contact_id, _enrollment), _slot in rows) if personal else {}
    known: dict[object, datetime] = {}
    for row, slot in rows:
        person = people.get(row[1], NOBODY)
        key = (slot, person.zone, _day(person, start))
        if key not in known:
            known[key] = _due(slot, start, replace(clock, person=person)) if personal else slot.due
        yield row, slot, known[key]


def _day(person: Person, start: Start) -> str:
    """The text of the day that the first step must arrive by: with the zone, all that its time depends on."""
    return person.fields.get(getattr(start.version.steps[0].timing, "field", ""), "")


def _due(slot: Portion, start: Start, theirs: Clock) -> datetime:
    """By the contact's own clock, and not before the portion's turn."""
    due = scheduling.due_of_first(start.version, slot.starts, theirs)
    held_back = slot.starts > start.at and due < slot.due
    return moments.may_start(start.version.steps[0], theirs, slot.due) if held_back else due
