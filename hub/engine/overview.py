"""The engine at a glance, for the dashboard: what was done, what comes, what waits and why.

``among`` narrows everything to the steps of some contacts, for people who do not see them all; None means the whole account.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Count, IntegerField, Min, Q, QuerySet, Value

from hub.contacts.models import Contact
from hub.engine.reads import DECIDED, SETTLED, in_state
from hub.plans.lone import NOT_TESTS
from hub.plans.models import PlanKind, PlanStep, StepRun

State = StepRun.State
Among = QuerySet[Contact] | None

COMING_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Day:
    """What was closed on one day of the account's zone."""

    date: date
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Steps that wait for the same reason. ``since``: since when the first of them does; ``addons``: whose steps they are."""

    code: str
    count: int
    since: datetime | None
    addons: tuple[str, ...] = ()


def closed_by_day(account_id: int, zone: tzinfo, now: datetime, days: int = 7, among: Among = None) -> list[Day]:
    """The last days up to today, oldest first, each with what was done and what failed; empty days included.

    One statement with a part a day, each answered by one stretch of an index: a single part for all days would ask every run
    which day it is of. It is the rows that are counted, not their ids, which stand in no index with the time of closing.
    """
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=days - 1 - number) for number in range(days)]
    begins = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in (*dates, today + timedelta(days=1))]
    rows = _all_runs(account_id, among)
    closed = rows.filter(kind=PlanKind.TEST, closed_at__gte=begins[0], closed_at__lt=begins[-1])
    parts = [_of_day(rows, number, *begins[number : number + 2]) for number in range(days)]
    found = Counter[tuple[int, str]]()
    for number, done, failed in parts[0].union(*parts[1:], all=True):
        found.update({(number, State.DONE): done, (number, State.FAILED): failed})
    # All runs less the tests: so the many are counted in an index that does not know which are tests.
    found.subtract((bisect(begins, at) - 1, state) for at, state in closed.values_list("closed_at", "state") if at)
    return [Day(day, found[number, State.DONE], found[number, State.FAILED]) for number, day in enumerate(dates)]


def _of_day(
    rows: QuerySet[StepRun], number: int, begin: datetime, end: datetime
) -> QuerySet[StepRun, tuple[int, int, int]]:
    """Counted while the index is read, in half the time that grouping by state takes, for which SQLite sorts."""
    closed = rows.filter(closed_at__gte=begin, closed_at__lt=end).order_by()
    day = closed.annotate(day=Value(number, IntegerField())).values_list("day")
    done, failed = (Count("state", filter=Q(state=state)) for state in (State.DONE, State.FAILED))
    return day.annotate(done=done, failed=failed)


def coming(account_id: int, now: datetime, within: timedelta, among: Among = None) -> tuple[int, list[StepRun]]:
    """How many steps are due until then, and the first of them."""
    rows = _all_runs(account_id, among).filter(state=State.SCHEDULED, due_at__lte=now + within)
    shown = rows.filter(NOT_TESTS).select_related("plan_step", "enrollment__plan").order_by("due_at", "id")
    return rows.count() - rows.filter(kind=PlanKind.TEST).count(), list(shown[:COMING_SHOWN])


def scheduled(account_id: int) -> int:
    """How many steps wait for nothing but their time: what pausing would hold sooner or later."""
    steps = (
        PlanStep.objects.filter(version__plan__account=account_id)
        .exclude(version__plan__kind=PlanKind.TEST)
        .values("pk")
    )
    # There is an index of open runs by step and none by account.
    return StepRun.objects.filter(plan_step__in=steps, closed_at__isnull=True, state=State.SCHEDULED).count()


def ever_ran(account_id: int) -> bool:
    """Whether anybody was ever put on a plan here."""
    return StepRun.objects.filter(account_id=account_id, kind=PlanKind.PLAN).exists()


def held(account_id: int, among: Among = None) -> list[Group]:
    """What is held until its cause is gone, by reason, the most first; what a person decides is not."""
    return _by_code(_grouped(in_state(_runs(account_id, among), State.HELD).exclude(hold_reason__in=DECIDED)))


def for_people(account_id: int, among: Among = None) -> list[Group]:
    """What a person must decide, by cause, the most first."""
    rows = _runs(account_id, among)
    late = rows.filter(state=State.HELD, hold_reason__in=DECIDED)
    return _by_code([*_grouped(in_state(rows, State.REVIEW)), *_grouped(late)])


def refused(account_id: int, among: Among = None) -> int:
    """How many steps failed that nobody has tried again or left."""
    return in_state(_runs(account_id, among), State.FAILED).exclude(hold_reason__in=SETTLED).count()


def _grouped(rows: QuerySet[StepRun]) -> list[Group]:
    groups = rows.order_by().values_list("hold_reason", "addon").annotate(n=Count("*"), since=Min("held_at"))
    return [Group(code, n, since, (addon,)) for code, addon, n, since in groups]


def _by_code(groups: Iterable[Group]) -> list[Group]:
    found: dict[str, Group] = {}
    for group in groups:
        found[group.code] = _joined(found.get(group.code), group)
    return sorted(found.values(), key=lambda group: (-group.count, group.code))


def _joined(one: Group | None, other: Group) -> Group:
    if one is None:
        return other
    since = min((moment for moment in (one.since, other.since) if moment), default=None)
    return Group(one.code, one.count + other.count, since, tuple(sorted({*one.addons, *other.addons})))


def _runs(account_id: int, among: Among) -> QuerySet[StepRun]:
    """Those that count."""
    return _all_runs(account_id, among).filter(NOT_TESTS)


def _all_runs(account_id: int, among: Among) -> QuerySet[StepRun]:
    rows = StepRun.objects.filter(account_id=account_id)
    return rows if among is None else rows.filter(contact_id__in=among.values("pk"))
