"""One portion of the moving: look at the next enrollments that ended long ago, and move the runs of those that are over for good.

Looked at are :data:`LOOKED_AT` at a time, in the order in which they ended. Those that stay (a failed step that nobody has looked
at, an unclear one) are passed by, and looked at again in the next round, so they never stand in the way of the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import bulk, counting
from hub.dispatch import crash
from hub.engine.archiving import forgetting
from hub.engine.archiving.models import ArchivedRun, Archiving
from hub.engine.guards.models import Leave
from hub.engine.models import Attempt
from hub.engine.reads import SETTLED
from hub.plans.lone import NOT_TESTS
from hub.plans.models import Enrollment, PlanKind, StepRun

LOOKED_AT = 50
"""Enrollments of a portion. With five steps each that is 35 ms of processor time (``make bench``), for which SQLite's one writer
is taken from everybody else."""

REST = timedelta(hours=6)
"""After a round that came to the end."""

BY = Actor("system", label="The hub")

Row = dict[str, Any]

_RUN = (
    "id", "account_id", "enrollment_id", "plan_step_id", "contact_id", "seq", "action_type", "addon", "effect_class", "costly",
    "state", "attempts", "epoch", "hold_reason", "hold_detail", "due_at", "first_intent_at", "closed_at", "created_at", "result",
)  # fmt: skip
_TRY = (
    "n", "worker_no", "intent_at", "not_after", "key", "effect_class", "request_digest", "http_status", "outcome", "verdict",
    "vendor_id", "detail", "plugin_version", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Portion:
    """What one portion did. ``more``: there is another to do now."""

    looked_at: int = 0
    enrollments: int = 0
    runs: int = 0
    more: bool = False


def move_portion(now: datetime, keep: timedelta, looked_at: int = LOOKED_AT) -> Portion:
    """Do the next portion in a transaction of its own: rows, attempts, counts, audit and place, all or nothing.

    Args:
        keep: for how long a closed run stays where it is.
    """
    Archiving.objects.get_or_create(pk=1)
    with transaction.atomic():
        place = Archiving.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if place is None or (place.rests_until and place.rests_until > now):
            return Portion()
        before = now - keep
        columns = ("id", "account_id", "plan_id", "plan__kind", "ended_at")
        found = list(to_look_at(place, before).values(*columns)[:looked_at])
        over = _over([row["id"] for row in found], before)
        ended = [row for row in found if row["id"] in over]
        runs = _move([row for row in ended if row["plan__kind"] != PlanKind.TEST], now, before)
        forgetting.forget([row["plan_id"] for row in ended if row["plan__kind"] == PlanKind.TEST])
        _remember(place, found, now, at_end=len(found) < looked_at)
        crash.point("in_archive")
    counting.add("hub_runs_archived_total", runs)
    return Portion(len(found), len(over), runs, more=len(found) == looked_at)


def to_look_at(place: Archiving, before: datetime) -> QuerySet[Enrollment]:
    """The next enrollments that ended before then, in the order of their end."""
    rows = Enrollment.objects.filter(archived_at__isnull=True, ended_at__lt=before)
    if place.after_ended_at is not None:
        later = Q(ended_at__gt=place.after_ended_at) | Q(ended_at=place.after_ended_at, pk__gt=place.after_id)
        rows = rows.filter(later, ended_at__gte=place.after_ended_at)  # the second part is what an index can begin at
    return rows.order_by("ended_at", "pk")


def _over(enrollments: Sequence[int], before: datetime) -> set[int]:
    """Those of which no run is open, was closed lately, or failed and waits for somebody to look at it."""
    runs = StepRun.objects.filter(enrollment_id__in=enrollments)
    unseen = Q(state="failed") & ~Q(hold_reason__in=SETTLED) & NOT_TESTS
    stays = Q(closed_at__isnull=True) | Q(closed_at__gte=before) | unseen
    return set(enrollments) - set(runs.filter(stays).values_list("enrollment_id", flat=True))


def _move(ended: Sequence[Row], now: datetime, before: datetime) -> int:
    plans = {row["id"]: row["plan_id"] for row in ended}
    runs = list(StepRun.objects.filter(enrollment_id__in=plans).order_by("created_at", "pk").values(*_RUN))
    ids = [run["id"] for run in runs]
    tries, let_go = _tries(ids), _let_go(ids)
    for run in runs:
        if run["id"] in let_go:
            run["result"] = {**(run["result"] or {}), "let_go": let_go[run["id"]]}
    bulk.insert(
        ArchivedRun,
        (*_RUN, "plan_id", "tries", "archived_at"),
        ([*run.values(), plans[run["enrollment_id"]], tries[run["id"]], now] for run in runs),
    )
    _count(runs, plans)
    _mark(ended, runs, now)
    _tell(ended, runs, before)
    forgetting.forget_runs(ids)
    return len(runs)


def _tries(run_ids: Sequence[UUID]) -> defaultdict[UUID, list[Row]]:
    """What was tried, without the bytes: they are the contact's data, and of use only while a request may be sent again."""
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in Attempt.objects.filter(run_id__in=run_ids).order_by("n").values("run_id", *_TRY):
        run_id = row.pop("run_id")
        found[run_id].append({name: _plain(value) for name, value in row.items() if value not in (None, "")})
    return found


def _let_go(run_ids: Sequence[UUID]) -> defaultdict[UUID, list[Row]]:
    """Which guards a person let a run go past: kept with its result."""
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in Leave.objects.filter(run_id__in=run_ids).order_by("at").values("run_id", "guard", "by", "at"):
        told = {name: _plain(value) for name, value in row.items() if name != "run_id"}
        found[row["run_id"]].append(told)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


_COUNT = """
INSERT INTO engine_archivedcount (account_id, day, plan_id, action_type, state, number) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (account_id, day, plan_id, action_type, state)
    DO UPDATE SET number = engine_archivedcount.number + excluded.number
"""


def _count(runs: Iterable[Row], plans: dict[int, int]) -> None:
    numbers = Counter[tuple[int, date, int, str, str]](
        (run["account_id"], run["closed_at"].date(), plans[run["enrollment_id"]], run["action_type"], run["state"])
        for run in runs
    )
    if numbers:
        with connection.cursor() as cursor:
            cursor.executemany(_COUNT, [(*key, number) for key, number in sorted(numbers.items())])


def _mark(ended: Sequence[Row], runs: Iterable[Row], now: datetime) -> None:
    """What became of each step, on the enrollment: of a step that was tried again, the last run counts."""
    steps: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for run in runs:
        steps[run["enrollment_id"]][str(run["seq"])] = run["state"]
    bulk.update(Enrollment, ("archived_at", "archived_steps"), ([now, steps[row["id"]], row["id"]] for row in ended))


def _tell(ended: Sequence[Row], runs: Iterable[Row], before: datetime) -> None:
    """A line in each account's audit log."""
    enrollments, moved = Counter(row["account_id"] for row in ended), Counter(run["account_id"] for run in runs)
    for account_id, number in enrollments.items():
        data = {"enrollments": number, "runs": moved[account_id], "closed_before": before.isoformat()}
        record("archived", "step_runs", "", by=BY, account_id=account_id, data=data)


def _remember(place: Archiving, found: Sequence[Row], now: datetime, *, at_end: bool) -> None:
    last = found[-1] if found and not at_end else None
    place.after_ended_at, place.after_id = (last["ended_at"], last["id"]) if last else (None, 0)
    place.rests_until = now + REST if at_end else None
    place.save()
