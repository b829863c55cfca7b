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

    ``expected``: when the one asked about is reckoned to start; None: nobody can say. ``depends``: what is told where the plan
    means it only for those for whom an earlier step ended so or so, and that one has not ended.
    """

    run_id: UUID
    step: str
    state: str
    expected: datetime | None = None
    depends: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """How a run that a guard holds goes on by itself.

    Attributes:
        at: when, at the earliest; of a connection that rests: when the next step tries the vendor.
        surely: it does not hang on how the vendor answers.
    """

    sentence: str
    at: datetime | None = None
    surely: bool = True


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guards would say of the run, by the functions that the intent asks. Nothing was taken.

    Attributes:
        costs: whether its call costs money; None: only the call will tell.
        repeat, full: why it would be held as a possible repeat, or because the day's limit is reached; empty while it would not.
        full_until: when that limit lets it go by itself; None: only somebody can raise it.
        probe_at: when the next step tries the vendor of a connection that rests.
    """

    costs: bool | None = False
    repeat: str = ""
    full: str = ""
    full_until: datetime | None = None
    probe_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """The step's run.

    Attributes:
        worker: who has it, and ``worker_lives`` whether that one is seen to live.
        lets_go: a held run whose cause has gone: the next look of the ticker schedules it.
        besides: what else would hold it, in sentences, should what holds it go.
        going: how it goes on by itself where a guard holds it (``hub.engine.release.BY_GUARDS``); None: not by itself.
        stuck: the cause that keeps a guard from letting it go.
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
    going: Going | None = None
    stuck: str = ""
    rival: str = ""
    opens: datetime | None = None
    opens_why: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a vendor's limits would make of a call.

    Attributes:
        wait: until its place in the line; None: the rate has room.
        ahead: how many calls have places before it.
        all_out: so many calls are out, and the vendor allows no more of them at the same time; 0: there is room.
    """

    wait: timedelta | None = None
    ahead: int = 0
    all_out: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What the worker would know of the run: the gate's facts and the machine's, loaded by the worker's own loader.

    Attributes:
        unfit: why the step's settings do not fit; empty while they do.
        sign_in: why the sign-in brings no token; empty while it does.
        turn: whose turn it is at the connection.
        guards: what the guards would say.
    """

    gate: GateFacts
    standing: Standing
    effect: Effect | None = None
    unfit: str = ""
    sign_in: str = ""
    turn: Turn = Turn()
    guards: Guarded = Guarded()


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
