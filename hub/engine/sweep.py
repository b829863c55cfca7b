"""Taking back what dead workers held.

Any number of sweepers may run at once. Each pass begins anew from the rows; each row is its own transaction, so that one
that fails strands no other. What a living worker holds is never touched, unless it has held a request longer than any
exchange may last; then the run is taken from it, and what it may still have sent counts as unclear.

Of a worker on another host only the lock is seen. Free, it lets its runs be taken that have not left (the fence keeps the worker
from sending them), and those whose exchange is over; nothing of it counts as proved. And a database that was restarted has no
locks at all: for as long as any exchange may last, and a lease, a free one says nothing there, and its worker is taken for alive.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from hub.core.endpoints import LONGEST_DEADLINE
from hub.db import clock, uptime
from hub.dispatch import about, crash
from hub.dispatch.ledger import Settlement
from hub.dispatch.machine import Move, Standing, after_crash
from hub.dispatch.states import State
from hub.engine import aftermath, effects, jobs, logbook, lookups, storing
from hub.engine.claim import COLUMNS, LEASE, Claimed
from hub.engine.identity import Life, life_of
from hub.engine.models import Attempt, Worker
from hub.plans.models import StepRun

log = logging.getLogger("hub.engine")

BATCH = 500
"""Rows of one pass, of the dead and of the others each; the next pass takes the rest."""

STUCK = timedelta(seconds=60)
"""How long after the end of its exchange a living worker may still hold a run."""

IN_LINE = timedelta(minutes=10)
"""How long a living worker may keep a claimed run waiting for its turn before somebody else takes it."""

RESTARTED = LONGEST_DEADLINE + LEASE
"""For so long after a start of the database server a free lock may be one that its owner has not had back yet."""

FORGOTTEN = timedelta(days=1)
"""After this nobody asks any more about a worker of another host that fell silent and holds nothing."""

NOBODY = Life(alive=False, proved_gone=False)

IN_HAND = (StepRun.State.CLAIMED, StepRun.State.CALLING)


def sweep() -> int:
    """One pass. Says how many runs were taken back.

    What a worker held that is proved gone is taken at once, and what somebody who fell silent has not sent; what others hold,
    when its lease is over.
    """
    now = clock.now()
    dead, silent = _missing(now)
    gone = Q(worker_no__in=dead) | Q(worker_no__in=silent, state=StepRun.State.CLAIMED)
    found = (
        [*_found(gone), *_found(Q(lease_until__lt=now) & ~gone)] if dead or silent else _found(Q(lease_until__lt=now))
    )
    workers = Worker.objects.in_bulk({no for _, no in found if no})
    lives = _believed({no: life_of(workers.get(no)) for no in {no for _, no in found if no}})
    return sum(_one(pk, no, lives.get(no or 0, NOBODY), now) for pk, no in found)


def _found(which: Q) -> list[tuple[UUID, int | None]]:
    """Runs in somebody's hand, and in whose. Those of the dead are asked for by themselves: a vendor that hangs may keep any
    number of others in the hands of the living for longer than a lease."""
    rows = StepRun.objects.filter(which, state__in=IN_HAND)
    return list(rows.order_by("lease_until").values_list("pk", "worker_no")[:BATCH])


def _missing(now: datetime) -> tuple[list[int], list[int]]:
    """The workers that went without a word: those whose death is proved, and those of whom nothing is heard or seen.

    Of those that hold nothing any more, the dead are closed, and who was silent for a day.
    """
    here, rows = clock.process_now(), {row.no: row for row in Worker.objects.filter(ended_at=None)}
    lives = {no: life_of(row) for no, row in rows.items()}
    dead = [no for no, life in lives.items() if life.proved_gone]
    silent = [no for no, life in lives.items() if life.silent]
    lookups.give_up(dead, now)
    over = [*dead, *(no for no in silent if here - rows[no].beat_at > FORGOTTEN)]
    holding = set(StepRun.objects.filter(worker_no__in=over, state__in=IN_HAND).values_list("worker_no", flat=True))
    Worker.objects.filter(no__in=set(over) - holding).update(ended_at=here)
    return [no for no in dead if no in holding], silent


def _believed(lives: Mapping[int, Life]) -> dict[int, Life]:
    """With those taken for alive of whom a database that was restarted a moment ago can say nothing."""
    unseen = [no for no, life in lives.items() if not life.alive and not life.proved_gone]
    age = uptime.of_the_server() if unseen else None
    if age is None or age >= RESTARTED:
        return dict(lives)
    return {**lives, **{no: replace(lives[no], alive=True, silent=False) for no in unseen}}


def _one(run_id: UUID, worker_no: int | None, life: Life, now: datetime) -> bool:
    crash.point("before_sweep")
    with about.named(run_id):
        try:
            with transaction.atomic():
                taken = _take_back(run_id, worker_no, life, now)
        except Exception:
            log.exception("step run %s could not be swept; the next pass tries again", run_id)
            return False
    crash.point("after_sweep")
    if taken is None:
        return False
    logbook.taken_back(*taken, gone=life.proved_gone)
    return True


def _take_back(run_id: UUID, worker_no: int | None, life: Life, now: datetime) -> tuple[StepRun, Move] | None:
    """The run as it was, and the move that was written; None when it is not to be taken."""
    rows = StepRun.objects.select_for_update(skip_locked=True, of=("self",))
    run = rows.filter(_over(life, now), pk=run_id, worker_no=worker_no, state__in=IN_HAND).first()
    if run is None:
        return None
    attempt = _attempt(run) if run.state == StepRun.State.CALLING else None
    if life.alive and not _is_stuck(run, attempt, now):
        return None
    if attempt is not None and not life.proved_gone and now <= attempt.not_after:
        return None  # it may live, and its request be out
    move = _move(run, attempt, now)
    crash.point("in_sweep")
    _write(run, move, now)
    crash.point("in_sweep_written")
    if attempt is not None:
        outcome = "unclear" if move.to is not State.SCHEDULED or move.open_attempts else attempt.outcome
        Attempt.objects.filter(pk=attempt.pk).update(
            outcome=outcome, verdict="unknown", detail=move.sentence, sender_gone=life.proved_gone, ended_at=now
        )
    _tell(run, move, now)
    return run, move


def _over(life: Life, now: datetime) -> Q:
    """What may be taken of a worker."""
    if life.proved_gone:
        return Q()
    return Q(lease_until__lt=now) | Q(state=StepRun.State.CLAIMED) if life.silent else Q(lease_until__lt=now)


def _attempt(run: StepRun) -> Attempt | None:
    rows = Attempt.objects.filter(run_id=run.pk, fence=run.fence).defer("request")
    return rows.order_by("-n").first()


def _is_stuck(run: StepRun, attempt: Attempt | None, now: datetime) -> bool:
    """A living worker holds it longer than any call and its settling could take.

    Nothing of a *claimed* run has left, and with the fence raised nothing will: taking it back is safe, only wasteful. A run
    in *calling* becomes unclear.
    """
    if attempt is not None:
        return now > attempt.not_after + STUCK
    return run.lease_until is not None and now > run.lease_until + IN_LINE


def _move(run: StepRun, attempt: Attempt | None, now: datetime) -> Move:
    standing = Standing(
        State(run.state), run.attempts, run.open_attempts, run.crashes, run.checks, 0, run.first_intent_at
    )
    if attempt is None:
        return after_crash(standing, None, None, now, chance=random.random())
    deadline = attempt.not_after - attempt.intent_at
    return after_crash(standing, effects.from_json(attempt.effect), effects.klass(attempt), now, deadline)


def _write(run: StepRun, move: Move, now: datetime) -> None:
    StepRun.objects.filter(pk=run.pk).update(
        state=str(move.to), fence=run.fence + 1, worker_no=None, lease_until=None, due_at=move.due_at or run.due_at,
        open_attempts=move.open_attempts, crashes=move.crashes, hold_reason=move.code, hold_detail=move.sentence,
        held_at=now if move.to is State.REVIEW else None, unknown_at=now if move.to is State.UNKNOWN else None,
        next_check_at=move.next_check_at, checks=0,
    )  # fmt: skip


def _tell(run: StepRun, move: Move, now: datetime) -> None:
    """A run that comes to a person, or to the reconciler, has a line in the history; one that is simply redone has none."""
    if move.to is State.SCHEDULED:
        return
    try:
        with transaction.atomic():
            moved = jobs.load([as_claimed(run)])
            aftermath.follow([Settlement(job, move) for job in moved], now, frozenset())
    except storing.TROUBLE:
        raise
    except Exception:  # what cannot be told must not keep the run in a dead hand for ever
        log.exception("what became of step run %s could not be told", run.pk)


def as_claimed(run: StepRun) -> Claimed:
    return Claimed(**{name: getattr(run, name) for name in COLUMNS})
