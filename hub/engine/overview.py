"""The engine at a glance, for the dashboard: what was done, what comes, what waits and why.

``among`` narrows everything to the steps of some contacts, for people who do not see them all; None means the whole account.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Min, QuerySet

from hub.contacts.models import Contact
from hub.db import dialect
from hub.engine.reads import COUNTED, DECIDED, SETTLED, in_state
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
    closed = _all_runs(account_id, among).filter(closed_at__gte=begins[0], closed_at__lt=begins[-1])
    found = Counter[tuple[int, str]]()
    for number, done, failed in _counted(account_id, begins, among):
        found.update({(number, State.DONE): done, (number, State.FAILED): failed})
    # All runs less the tests: so the many are counted in an index that does not know which are tests.
    tests = closed.filter(kind=PlanKind.TEST).values_list("closed_at", "state")
    found.subtract((bisect(begins, at) - 1, state) for at, state in tests if at)
    return [Day(day, found[number, State.DONE], found[number, State.FAILED]) for number, day in enumerate(dates)]


def _counted(account_id: int, begins: Sequence[datetime], among: Among) -> list[tuple[int, int, int]]:
    """The number of each day, with what was done and what failed on it.

    Counted while the index is read, in half the time that grouping by state takes, for which SQLite sorts. The statement is
    written here: to make its seven parts took Django longer than to count takes the database.
    """
    which, values = _only(among)
    part = f"""
SELECT %s AS day, COUNT(*) FILTER (WHERE state = %s), COUNT(*) FILTER (WHERE state = %s)
  FROM plans_steprun WHERE account_id = %s AND closed_at >= %s AND closed_at < %s {which}"""
    given = [
        (number, State.DONE.value, State.FAILED.value, account_id, dialect.value(begin), dialect.value(end), *values)
        for number, (begin, end) in enumerate(pairwise(begins))
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(given)), [value for values in given for value in values])
        return list(cursor.fetchall())


def _only(among: Among) -> tuple[str, tuple[Any, ...]]:
    """The further condition on the contact, and its values."""
    if among is None:
        return "", ()
    try:
        sql, values = among.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # nobody, which Django knows without asking
        return "AND 1 = 0", ()
    return f"AND contact_id IN ({sql})", values


def coming(account_id: int, now: datetime, within: timedelta, among: Among = None) -> tuple[int, list[StepRun]]:
    """How many steps are due until then, and the first of them."""
    rows = _all_runs(account_id, among).filter(state=State.SCHEDULED, due_at__lte=now + within)
    number = rows.count()
    if not number:
        return 0, []
    shown = rows.filter(NOT_TESTS).select_related("plan_step", "enrollment__plan").order_by("due_at", "id")
    return number - rows.filter(kind=PlanKind.TEST).count(), list(shown[:COMING_SHOWN])


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


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits in an account.

    Attributes:
        held: until its cause is gone, by reason, the most first; what a person decides is not.
        for_people: what a person must decide, by cause, the most first.
        refused: how many steps failed that nobody has tried again or left.
        at: how many there are in a state with a reason.
    """

    held: list[Group] = field(default_factory=list)
    for_people: list[Group] = field(default_factory=list)
    refused: int = 0
    at: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def for_whom(self, codes: Collection[str]) -> int:
        """How many wait for somebody whose turn it is at these causes; the same as :func:`hub.engine.reads.waiting_for`."""
        return sum(
            number
            for (state, code), number in self.at.items()
            if code in codes and (state != State.HELD or code in DECIDED)
        )


def waits(account_id: int, among: Among = None) -> Waits:
    """All that waits, in one statement with a part for each state, each within its index."""
    rows = _runs(account_id, among)
    parts = [
        in_state(rows, state)
        .order_by()
        .values_list("state", "hold_reason", "addon")
        .annotate(n=Count("*"), since=Min("held_at"))
        for state in COUNTED
    ]
    groups: defaultdict[str, list[Group]] = defaultdict(list)
    at = Counter[tuple[str, str]]()
    for state, code, addon, n, since in parts[0].union(*parts[1:], all=True):
        decided = state == State.REVIEW or code in DECIDED
        groups["for_people" if decided and state != State.FAILED else state].append(Group(code, n, since, (addon,)))
        at[state, code] += n
    refused = sum(group.count for group in groups[State.FAILED] if group.code not in SETTLED)
    return Waits(_by_code(groups[State.HELD]), _by_code(groups["for_people"]), refused, at)


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
