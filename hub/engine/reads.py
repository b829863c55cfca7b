"""Looking at the engine: how many runs stand where, the runs themselves, and what waits for a person, by cause."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from hub.db.errors import NotFound
from hub.dispatch.gate import Hold
from hub.engine.models import Attempt
from hub.plans.lone import NOT_TESTS
from hub.plans.models import PlanKind, StepRun

State = StepRun.State

SETTLED = ("retried", "left")
"""What stands in ``hold_reason`` of a failed run that nobody needs to look at any more."""

DECIDED = (Hold.LATE, Hold.REPEAT)
"""Holds that do not go by themselves: a person says whether the step is still meant."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One line of the inbox: everything that waits for the same reason and is mended by the same act.

    Attributes:
        code: why, as in ``hold_reason``.
        sentence: the most recent words for it.
        state: ``review`` (a person decides), ``held`` (goes on by itself when the cause has gone) or ``failed``.
        oldest: since when the first of them waits.
        unclear: how many may have happened already.
        costly: how many cost money.
    """

    code: str
    addon: str
    action_type: str
    state: str
    sentence: str
    count: int
    oldest: datetime | None
    unclear: int = 0
    costly: int = 0


@dataclass(frozen=True, slots=True)
class RunQuery:
    """What to list. Empty means all."""

    states: tuple[str, ...] = ()
    addon: str = ""
    action_type: str = ""
    code: str = ""
    plan_id: int | None = None
    contact_id: int | None = None
    text: str = ""
    extra: Q = field(default_factory=Q)


COUNTED = (State.REVIEW, State.HELD, State.FAILED)
"""States in which somebody should look. There are few such runs, and an index of each by account."""


def counts(account_id: int, scope: Q | None = None) -> dict[str, int]:
    """Number of runs in each of the states of ``COUNTED``. Of the others there may be millions, and nobody acts on how many.

    Args:
        scope: a further condition, for people who see only some contacts.
    """
    rows = StepRun.objects.filter(NOT_TESTS, scope or Q(), account_id=account_id)
    return {state: in_state(rows, state).count() for state in COUNTED}


def in_state(rows: QuerySet[StepRun], state: str) -> QuerySet[StepRun]:
    """An account's runs in one of the states of ``COUNTED``, found by that state's own index.

    What is held or failed has its index by reason. The word about the reason leaves none out, but without it SQLite thinks
    all indexes of an account equal and reads each of its runs: 16 ms of 100,000 instead of none.
    """
    rows = rows.filter(state=state)
    return rows if state == State.REVIEW else rows.filter(hold_reason__gte="")


def waiting_for(account_id: int, codes: Collection[str], scope: Q | None = None) -> int:
    """How many steps wait for somebody whose turn it is at these causes: to decide, to say whether late is too late, to mend
    what was refused. What is held and goes on by itself is not among them.

    Args:
        scope: a further condition, for people who see only some contacts.
    """
    rows = StepRun.objects.filter(scope or Q(), NOT_TESTS, account_id=account_id, hold_reason__in=codes)
    late = rows.filter(state=State.HELD, hold_reason__in=DECIDED)
    parts = [
        part.order_by().values("pk")
        for part in (rows.filter(state=State.REVIEW), late, rows.filter(state=State.FAILED))
    ]
    return parts[0].union(*parts[1:], all=True).count()  # each part has an index, and every page asks


def inbox(account_id: int, scope: Q | None = None) -> list[Cause]:
    """What waits, grouped by cause: what a person must decide first, then what is held, then what failed.

    Args:
        scope: a further condition, for people who see only some contacts.
    """
    rows = StepRun.objects.filter(scope or Q(), NOT_TESTS, account_id=account_id).order_by()
    unsettled = in_state(rows, State.FAILED).exclude(hold_reason__in=SETTLED)
    parts = (in_state(rows, State.REVIEW), in_state(rows, State.HELD), unsettled)
    # A question for each: asked for all at once, SQLite would read every run of the account.
    return [cause for part in parts for cause in _causes(part)]


def _causes(rows: QuerySet[StepRun]) -> list[Cause]:
    """By cause, the most first."""
    groups = rows.values("hold_reason", "addon", "action_type", "state").annotate(
        n=Count("*"), oldest=Min("held_at"), unclear=Count("id", filter=Q(open_attempts__gt=0)),
        costly=Count("id", filter=Q(costly=True)), sample=Min("hold_detail"),
    )  # fmt: skip
    causes = [
        Cause(g["hold_reason"], g["addon"], g["action_type"], g["state"], g["sample"] or "", g["n"], g["oldest"],
              g["unclear"], g["costly"])
        for g in groups
    ]  # fmt: skip
    return sorted(causes, key=lambda cause: (-cause.count, cause.code))


def runs(account_id: int, query: RunQuery) -> QuerySet[StepRun]:
    """Runs of an account. Tests are found by their id alone (:func:`run`)."""
    return _whole(_runs(account_id, query).filter(NOT_TESTS))


def number(account_id: int, query: RunQuery, scope: Q, most: int) -> int:
    """How many there are of :func:`runs`, counted up to ``most``.

    Tests are few and have an index: so they are taken away again, and the many need not be read for what they are.
    """
    rows = _runs(account_id, query).filter(scope)
    tests = rows.filter(kind=PlanKind.TEST).count()
    return min(rows[: most + tests].count() - tests, most)


def _runs(account_id: int, query: RunQuery) -> QuerySet[StepRun]:
    rows = StepRun.objects.filter(query.extra, account_id=account_id)
    if len(query.states) == 1 and query.states[0] in COUNTED:
        rows = in_state(rows, query.states[0])
    elif query.states:
        rows = rows.filter(state__in=query.states)
    rows = rows.filter(addon=query.addon) if query.addon else rows
    rows = rows.filter(action_type=query.action_type) if query.action_type else rows
    rows = rows.filter(hold_reason=query.code) if query.code else rows
    rows = rows.filter(contact_id=query.contact_id) if query.contact_id else rows
    return rows.filter(enrollment__plan_id=query.plan_id) if query.plan_id else rows


def _whole(rows: QuerySet[StepRun]) -> QuerySet[StepRun]:
    return rows.select_related("plan_step", "enrollment__plan")


def run(account_id: int, run_id: UUID, scope: Q | None = None) -> StepRun:
    """One run, a test, too.

    Args:
        scope: a further condition, for people who see only some contacts.

    Raises:
        NotFound: no such run in this account.
    """
    found = _whole(StepRun.objects.filter(scope or Q(), account_id=account_id, pk=run_id)).first()
    if found is None:
        raise NotFound("There is no such step.")
    return found


def attempts(run_id: UUID) -> Sequence[Attempt]:
    """What was tried, oldest first."""
    return list(Attempt.objects.filter(run_id=run_id).defer("request").order_by("n"))


def held_by(account_ids: Sequence[int], addon: str) -> int:
    """How many runs wait because of one add-on."""
    holds = (Hold.ADDON_OFF, Hold.ADDON_UNAVAILABLE, Hold.SETTINGS, Hold.CONNECTION, Hold.UNCLAIMED, Hold.BREAKER)
    return StepRun.objects.filter(
        NOT_TESTS, account_id__in=account_ids, addon=addon, state=State.HELD, hold_reason__in=holds
    ).count()
