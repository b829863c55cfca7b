"""First steps that are due at another time for each contact, where the plan goes by the contact's clock.

The insert-select of an enrolment gives everybody the account's time; here those whose own clock says otherwise are moved. Plans
on the account's clock never come here, so starting a hundred thousand contacts on them costs what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from hub.db import bulk
from hub.plans import moments, scheduling, whereabouts
from hub.plans.models import Enrollment, StepRun
from hub.plans.moments import Clock
from hub.plans.starting import Start
from hub.plans.whereabouts import NOBODY

PORTION = 2_000
"""Contacts looked at together."""


def differ(start: Start, clock: Clock) -> None:
    """Move the first steps of this enrolment to where each contact's clock wants them."""
    if not moments.asks_who(clock.rules, clock.calendar):
        return
    rows = StepRun.objects.filter(
        enrollment__plan=start.plan, enrollment__state=Enrollment.State.RUNNING, enrollment__batch=start.batch
    )
    for portion in _portions(list(rows.values_list("pk", "contact_id"))):
        bulk.update(StepRun, ("due_at",), _moved(portion, start, clock))


def _moved(rows: Sequence[tuple[UUID, int]], start: Start, clock: Clock) -> Iterator[tuple[datetime, UUID]]:
    people = whereabouts.of(contact_id for _run, contact_id in rows)
    known: dict[object, datetime] = {None: start.first_due}
    for run_id, contact_id in rows:
        zone = people.get(contact_id, NOBODY).zone
        if zone not in known:
            known[zone] = scheduling.due_of_first(start.version, start.at, replace(clock, person=people[contact_id]))
        if known[zone] != start.first_due:
            yield known[zone], run_id


def _portions(rows: Sequence[tuple[UUID, int]]) -> Iterator[Sequence[tuple[UUID, int]]]:
    for first in range(0, len(rows), PORTION):
        yield rows[first : first + PORTION]
