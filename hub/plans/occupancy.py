"""Who is on a plan, at which step they stand, what they wait for, and what stopping them would cancel. Reads only.

The contacts are given as a query that the asking person may see (``hub.contacts.reads.selection`` makes it), so that nobody
finds on a plan whom they could not find in the list of contacts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from hub.contacts.models import Contact
from hub.db import paging, scoping
from hub.plans.models import CLOSED, Enrollment, Plan, StepRun

STATES = tuple(str(state) for state in Enrollment.State)


@dataclass(frozen=True, slots=True)
class Occupant:
    """A contact on a plan, with the run that is under way or waits; ``contact`` is None for a row that no longer exists."""

    enrollment: Enrollment
    contact: Contact | None
    run: StepRun | None
    step: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Steps that wait at one place for the same reason: how many, since when the first, and in whose words."""

    reason: str
    count: int
    since: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What stopping would do: enrollments that run, steps that would not happen, steps that are on their way already, and steps
    that may have been sent and wait for a person to say so."""

    running: int = 0
    cancelled: int = 0
    being_sent: int = 0
    with_a_person: int = 0


def enrollments(plan: Plan, contacts: QuerySet[Contact] | None, state: str = "") -> QuerySet[Enrollment]:
    """Enrollments of these contacts on the plan, over all versions; an unknown state lists all.

    ``contacts`` is None for whoever sees every contact of the account and looks for nobody in particular: that is quicker.
    """
    rows = Enrollment.objects.filter(plan=plan)
    if contacts is not None:
        rows = rows.filter(contact_id__in=contacts.order_by().values("pk"))
    return rows.filter(state=state) if state in STATES else rows


def page(
    rows: QuerySet[Enrollment], cursor: str | None, size: int = paging.DEFAULT_SIZE
) -> tuple[list[Occupant], paging.Page[Enrollment]]:
    """Some of them, newest first, and the page that they are, in three queries."""
    found = paging.page(rows, cursor, size)
    people = Contact.objects.defer("search_text", "whiteboard").in_bulk({row.contact_id for row in found.rows})
    runs: dict[int, StepRun] = {}
    waiting = StepRun.objects.select_related("plan_step").filter(enrollment__in=found.rows)
    for run in waiting.exclude(state__in=CLOSED).order_by("created_at"):
        runs[run.enrollment_id] = run
    return [_occupant(row, people, runs.get(row.pk)) for row in found.rows], found


def _occupant(row: Enrollment, people: dict[int, Contact], run: StepRun | None) -> Occupant:
    return Occupant(row, people.get(row.contact_id), run, run.plan_step.name if run else "")


def numbers(plan: Plan, contacts: QuerySet[Contact] | None) -> dict[str, int]:
    """Number of enrollments in each state."""
    rows = enrollments(plan, contacts).order_by().values_list("state").annotate(n=Count("*"))
    return dict.fromkeys(STATES, 0) | dict(rows)


MOST_REASONS = 8


def reasons(rows: QuerySet[Enrollment]) -> list[tuple[str, int]]:
    """Why these were stopped, and how many for each reason, the most common first."""
    counted = rows.filter(state=Enrollment.State.STOPPED).order_by().values_list("end_reason").annotate(n=Count("*"))
    return [(reason, number) for reason, number in counted.order_by("-n", "end_reason")[:MOST_REASONS]]


def held_at(plan: Plan) -> dict[UUID, list[Held]]:
    """Step key → why steps are held there, the largest cause first."""
    rows = StepRun.objects.filter(plan_step__version__plan=plan, state=StepRun.State.HELD).order_by()
    groups = rows.values_list("plan_step__key", "hold_reason").annotate(
        n=Count("*"), since=Min("held_at"), detail=Min("hold_detail")
    )
    found: defaultdict[UUID, list[Held]] = defaultdict(list)
    for key, reason, count, since, detail in groups:
        found[key].append(Held(reason, count, since, detail or ""))
    return {key: sorted(holds, key=lambda hold: -hold.count) for key, holds in found.items()}


def of_ids(account: Any, plan: Plan, ids: Iterable[Any]) -> list[int]:
    """The ids among ``ids`` that are enrollments of this plan; anything else, numbers or not, is left out."""
    numbers_ = {int(text) for one in ids if (text := str(one)).isascii() and text.isdigit() and len(text) < 19}
    rows = scoping.within(Enrollment.objects.filter(plan=plan, pk__in=numbers_), account)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def stopping(rows: QuerySet[Enrollment]) -> Stopping:
    """What :func:`hub.plans.stopping.stop` would do to these."""
    running = rows.filter(state=Enrollment.State.RUNNING)
    runs = StepRun.objects.filter(enrollment__in=running.order_by().values("pk")).exclude(state__in=CLOSED)
    with_a_person = Q(state=StepRun.State.REVIEW)
    on_their_way = Q(state__in=("calling", "unknown")) | (Q(open_attempts__gt=0) & ~with_a_person)
    asked = runs.aggregate(
        all=Count("pk"), sent=Count("pk", filter=on_their_way), person=Count("pk", filter=with_a_person)
    )
    return Stopping(running.count(), asked["all"] - asked["sent"] - asked["person"], asked["sent"], asked["person"])
