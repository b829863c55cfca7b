"""What is known of a contact, a step and a moment. Frozen: the chain looks nothing up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.core.effects import Effect
from hub.dispatch.gate import GateFacts
from hub.dispatch.machine import Standing
from hub.engine.whynot.link import Subject


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """How the plan stands towards new contacts.

    Attributes:
        standing: what putting the contact on it now would come to (``hub.plans.standing``).
        circling: plans sent the contact round in circles, so that no plan puts them on it.
        last_at, last_by: when contacts were last put on it, and by whom.
    """

    archived_at: datetime | None = None
    ready: bool = True
    standing: str = "new"
    circling: bool = False
    last_at: datetime | None = None
    last_by: str = ""


@dataclass(frozen=True, slots=True)
class On:
    """The contact's latest time on the plan.

    Attributes:
        version: the version's number, and ``has_step`` whether the step is in it.
        ended_by: who took the contact off it; empty when nobody did.
    """

    state: str
    started_at: datetime
    started_by: str = ""
    ended_at: datetime | None = None
    reason: str = ""
    ended_by: str = ""
    version: int = 1
    has_step: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The step under way or waiting in front of the one asked about.

    ``expected``: when the one asked about is reckoned to start; None: nobody can say.
    """

    run_id: UUID
    step: str
    state: str
    expected: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """The step's run.

    Attributes:
        worker: who has it, and ``worker_lives`` whether that one is seen to live.
        lets_go: a held run whose cause has gone: the next look of the ticker schedules it.
        besides: what else would hold it, in sentences, should what holds it go.
        rival: another step of the same time on the plan that is in flight.
        opens: when it may start by its hours, should it come due in the future; and ``opens_why``.
    """

    id: UUID
    state: str
    due_at: datetime | None = None
    hold_reason: str = ""
    hold_detail: str = ""
    held_at: datetime | None = None
    closed_at: datetime | None = None
    result: str = ""
    next_check_at: datetime | None = None
    worker: int | None = None
    worker_lives: bool = True
    lets_go: bool = False
    besides: tuple[str, ...] = ()
    rival: str = ""
    opens: datetime | None = None
    opens_why: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What the worker would know of the run: the gate's facts and the machine's, loaded by the worker's own loader.

    Attributes:
        unfit: why the step's settings do not fit; empty while they do.
        sign_in: why the sign-in brings no token; empty while it does.
        rate_at, tolerance: the connection's schedule; ``tolerance`` is None where no rate is kept.
    """

    gate: GateFacts
    standing: Standing
    effect: Effect | None = None
    unfit: str = ""
    sign_in: str = ""
    rate_at: datetime | None = None
    tolerance: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the chain looks at."""

    subject: Subject
    at: datetime
    now: datetime
    plan: PlanFacts
    on: On | None = None
    before: Before | None = None
    run: Run | None = None
    work: Work | None = None
