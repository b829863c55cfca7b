"""What follows when step runs have closed: the next step with its due time, or the end of the enrollment. Pure.

The engine asks :func:`successors` for a whole batch inside its outcome transaction and writes the answers itself, so that the
next step exists exactly when the one before it has closed. A failed or skipped step does not end a plan: the next one follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.accounts import calendars
from hub.accounts.calendars import Calendar
from hub.plans import effect_key, moments, run_ids, whereabouts
from hub.plans.loading import LoadedStep, LoadedVersion, load_versions
from hub.plans.models import StepRun
from hub.plans.moments import Clock
from hub.plans.whereabouts import NOBODY, Person
from hub.plans.zones import zone_of

__all__ = [
    "ClosedRun", "EnrollmentEnd", "NewRun", "due_of_first", "ends_of", "first_runs", "load_versions", "successor", "successors",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClosedRun:
    """A run that has just been closed, and what is needed to say what follows.

    Attributes:
        seq: the place of its step in the version, from 0.
        state: ``done``, ``failed``, ``skipped`` or ``cancelled``.
        closed_at: the anchor of what follows.
        enrolled_at: when the enrollment started.
        time_zone: the account's IANA zone name, and ``calendar`` its days and hours.
        running: the enrollment is still running; a stopped one has no next step.
    """

    enrollment_id: int
    account_id: int
    contact_id: int
    version_id: int
    seq: int
    state: str
    closed_at: datetime
    enrolled_at: datetime
    time_zone: str
    running: bool = True
    calendar: Calendar = calendars.EMPTY


@dataclass(frozen=True, slots=True)
class NewRun:
    """The values of a step run's row; every other column has its default."""

    id: UUID
    account_id: int
    enrollment_id: int
    contact_id: int
    plan_step_id: int
    seq: int
    action_type: str
    addon: str
    due_at: datetime
    effect_key: str
    created_at: datetime
    state: str = StepRun.State.SCHEDULED.value

    def row(self) -> StepRun:
        """The same as an unsaved model row, for a few; the engine writes many by one statement."""
        return StepRun(
            id=self.id, account_id=self.account_id, enrollment_id=self.enrollment_id, contact_id=self.contact_id,
            plan_step_id=self.plan_step_id, seq=self.seq, action_type=self.action_type, addon=self.addon,
            due_at=self.due_at, effect_key=self.effect_key, created_at=self.created_at, state=self.state,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnrollmentEnd:
    """The enrollment has no further step: it becomes ``finished`` at ``ended_at``; ``next_plan`` follows where there is one."""

    enrollment_id: int
    account_id: int
    contact_id: int
    ended_at: datetime
    plan_id: int
    state: str = "finished"
    reason: str = ""
    next_plan: int | None = None


def successors(
    closed: Iterable[ClosedRun], now: datetime, versions: Mapping[int, LoadedVersion] | None = None
) -> list[NewRun | EnrollmentEnd]:
    """For each closed run what follows, in the same order; nothing for those whose enrollment was stopped.

    Args:
        versions: from :func:`load_versions`; loaded here when not given.
    """
    runs = [run for run in closed if run.running and run.state != StepRun.State.CANCELLED]
    table = load_versions({run.version_id for run in runs}) if versions is None else versions
    people = _people(runs, table)
    return [successor(run, table[run.version_id], now, people.get(run.contact_id, NOBODY)) for run in runs]


def _people(runs: Sequence[ClosedRun], versions: Mapping[int, LoadedVersion]) -> dict[int, Person]:
    """Where the contacts are: one query for the batch, and none where no plan and no account asks."""
    asked = [run.contact_id for run in runs if _asks_who(run, versions[run.version_id])]
    return whereabouts.of(asked) if asked else {}


def _asks_who(run: ClosedRun, version: LoadedVersion) -> bool:
    return moments.asks_who(version.after(run.seq), version.rules, run.calendar)


def successor(run: ClosedRun, version: LoadedVersion, now: datetime, person: Person = NOBODY) -> NewRun | EnrollmentEnd:
    """What follows one closed run of a running enrollment."""
    step = version.after(run.seq)
    if step is None:
        return _end_of(run, version)
    clock = Clock(zone_of(run.time_zone), run.calendar, version.rules, person)
    due = moments.due(step, clock, previous=run.closed_at, enrolled=run.enrolled_at)
    return _new_run(step, run.account_id, run.enrollment_id, run.contact_id, due, now)


def ends_of(closed: Iterable[ClosedRun]) -> list[EnrollmentEnd]:
    """For closed runs behind which nothing is to come: each its enrollment's end."""
    runs = list(closed)
    table = load_versions({run.version_id for run in runs})
    return [_end_of(run, table[run.version_id]) for run in runs]


def _end_of(run: ClosedRun, version: LoadedVersion) -> EnrollmentEnd:
    return EnrollmentEnd(
        run.enrollment_id, run.account_id, run.contact_id, run.closed_at, version.plan_id,
        next_plan=version.rules.next_plan,
    )  # fmt: skip


def due_of_first(version: LoadedVersion, enrolled_at: datetime, clock: Clock) -> datetime:
    """When the first step is due: the same for everybody who is enrolled at the same moment and has the same clock."""
    return moments.due(version.steps[0], clock, previous=enrolled_at, enrolled=enrolled_at)


def first_runs(
    version: LoadedVersion, enrollments: Sequence[tuple[int, int]], enrolled_at: datetime, clock: Clock
) -> list[NewRun]:
    """The first step runs of new enrollments, given as (enrollment id, contact id)."""
    due = due_of_first(version, enrolled_at, clock)
    step = version.steps[0]
    return [
        _new_run(step, version.account_id, enrollment, contact, due, enrolled_at) for enrollment, contact in enrollments
    ]


def _new_run(
    step: LoadedStep, account_id: int, enrollment_id: int, contact_id: int, due: datetime, now: datetime
) -> NewRun:
    key = effect_key.of(account_id, step.action_type, contact_id, enrollment_id, step.key)
    return NewRun(
        run_ids.new(now), account_id, enrollment_id, contact_id, step.id, step.seq, step.action_type, step.addon, due, key, now
    )  # fmt: skip
