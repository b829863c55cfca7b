"""The end of a try: outcome, note, notification, changes, health, trace and the next step, in one transaction.

Every write about the run names its id, its fence and the state it must still be in. What another hand has taken meanwhile is
left alone, with one exception: a worker that was thought dead and comes home with the vendor's own *yes* is believed
(*late proof*).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from hub.core import redact
from hub.db import dialect
from hub.dispatch import crash
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import CLOSED, State
from hub.engine import aftermath, figures, logbook, traces
from hub.engine.models import Attempt

log = logging.getLogger("hub.engine")

LATE = frozenset({State.UNKNOWN, State.REVIEW, State.SCHEDULED})
"""States in which late proof is welcome."""


def settle(settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of these runs: all of it or nothing. Doing it twice changes nothing."""
    with transaction.atomic():
        written = _move(settlements, now)
        late = _late(settlements, written, now)
        told = [s for s in settlements if s.job.run_id in written or s.job.run_id in late]
        _close_attempts(told, late, now)
        crash.point("in_settle")
        aftermath.follow(told, now, frozenset(late))
        traces.keep(told, now)
    _tell(told, late)


def _tell(told: Sequence[Settlement], late: set[UUID]) -> None:
    """For those who watch. It is written down already: trouble here must not look as if it were not."""
    try:
        logbook.settled(told, late)
        figures.settled(told)
    except Exception:
        log.exception("what became of %s steps could not be told to the log or the metrics", len(told))


_MOVE = """
UPDATE plans_steprun SET state = i.state, fence = plans_steprun.fence + 1, worker_no = NULL, lease_until = NULL,
       due_at = COALESCE({due_at}, plans_steprun.due_at), attempts = i.attempts, open_attempts = i.open_attempts,
       crashes = i.crashes, hold_reason = i.code, hold_detail = i.sentence,
       held_at = CASE WHEN i.state IN ('held', 'review') THEN {now} ELSE NULL END,
       unknown_at = CASE WHEN i.state = 'unknown' THEN COALESCE(plans_steprun.unknown_at, {now}) ELSE NULL END,
       next_check_at = {next_check_at}, checks = i.checks,
       closed_at = CASE WHEN i.closes = 1 THEN {now} ELSE NULL END,
       result = COALESCE({result}, plans_steprun.result)
  FROM {input}
 WHERE plans_steprun.id = i.id AND plans_steprun.fence = i.fence AND plans_steprun.state = i.expected
RETURNING plans_steprun.id
"""

_INPUT = {
    "id": "uuid", "fence": "int", "expected": "text", "state": "text", "due_at": "time", "attempts": "int",
    "open_attempts": "int", "crashes": "int", "code": "text", "sentence": "text", "next_check_at": "time", "checks": "int",
    "closes": "int", "result": "json",
}  # fmt: skip
_CARRIED = {name: "text" if kind in ("time", "json") else kind for name, kind in _INPUT.items()}
"""Times and JSON travel as text and are cast where they land, for SQLite has no such types."""


def _move(settlements: Sequence[Settlement], now: datetime) -> set[UUID]:
    """Move those that are still ours; says which they were."""
    if not settlements:
        return set()
    table, rows = dialect.table(_CARRIED, [_row(s) for s in settlements], "i")
    statement = _MOVE.format(
        due_at=dialect.cast("i.due_at", "time"), now=dialect.cast("%s", "time"),
        next_check_at=dialect.cast("i.next_check_at", "time"), result=dialect.cast("i.result", "json"), input=table,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, [dialect.value(now)] * 3 + rows)
        return {dialect.read_uuid(id_) for (id_,) in cursor.fetchall()}


def _row(settlement: Settlement) -> tuple[Any, ...]:
    job, move = settlement.job, settlement.move
    return (
        job.run_id, job.fence, str(expected(settlement)), str(move.to), _time(move.due_at), move.attempts,
        move.open_attempts, move.crashes, move.code[:60], redact.cut(move.sentence, 2000), _time(move.next_check_at),
        move.checks, int(move.to in CLOSED), aftermath.result_of(settlement),
    )  # fmt: skip


def expected(settlement: Settlement) -> State:
    """The state in which the run must still be: *calling* once the intent was written, else as it was claimed."""
    return State.CALLING if settlement.intended is not None else settlement.job.standing.state


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return str(moment.isoformat() if dialect.is_postgres() else dialect.value(moment))


# --- late proof --------------------------------------------------------------------------------------------------

_LATE = """
UPDATE plans_steprun SET state = 'done', fence = fence + 1, worker_no = NULL, lease_until = NULL, open_attempts = 0,
       hold_reason = '', hold_detail = '', held_at = NULL, unknown_at = NULL, next_check_at = NULL, closed_at = {now},
       result = {result}
 WHERE id = {id} AND epoch = %s AND state IN ('unknown', 'review', 'scheduled') RETURNING id
"""


def _late(settlements: Iterable[Settlement], written: set[UUID], now: datetime) -> set[UUID]:
    """A *yes* that comes home after the run was taken away is worth more than our guess."""
    proofs = [s for s in settlements if s.job.run_id not in written and _is_proof(s)]
    return {id_ for proof in proofs for id_ in _write_late(proof, now)}


def _is_proof(settlement: Settlement) -> bool:
    """The vendor's answer to the request itself, or what its records say when they are looked up."""
    end = settlement.conclusion
    looked_up = settlement.job.standing.state is State.UNKNOWN
    return settlement.move.to is State.DONE and end is not None and (looked_up or end.wire is Wire.ACTED)


def _write_late(settlement: Settlement, now: datetime) -> list[UUID]:
    statement = _LATE.format(
        now=dialect.cast("%s", "time"), result=dialect.cast("%s", "json"), id=dialect.cast("%s", "uuid")
    )
    job = settlement.job
    values = [_time(now), aftermath.result_of(settlement), dialect.value(job.run_id), job.extra.run.epoch]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [dialect.read_uuid(id_) for (id_,) in cursor.fetchall()]


# --- attempts ----------------------------------------------------------------------------------------------------


def _close_attempts(settlements: Iterable[Settlement], late: Collection[UUID], now: datetime) -> None:
    ends = [s for s in settlements if s.conclusion is not None]
    made = [s for s in ends if s.intended is not None]
    _close_made(made, now)
    for settlement in ends:
        if settlement.intended is None and settlement.job.standing.state is State.UNKNOWN:
            _close_looked_up(settlement, now)
    more = [s for s in made if s.intended != 1 or s.job.run_id in late]
    finished = [s.job.run_id for s in more if s.move.to is State.DONE]
    # The proof of one attempt settles all others: those before it and, where it comes late, those after it.
    if finished:
        Attempt.objects.filter(run_id__in=finished, outcome__in=["", "unclear"]).update(outcome="acted", ended_at=now)


_CLOSE = """
UPDATE engine_attempt SET outcome = i.outcome, verdict = i.verdict, http_status = {status}, vendor_id = i.vendor_id,
       detail = i.detail, sender_gone = {gone}, ended_at = {now}
  FROM {input}
 WHERE engine_attempt.run_id = i.run_id AND engine_attempt.n = i.n
"""
_CLOSED_BY = {
    "run_id": "uuid", "n": "int", "outcome": "text", "verdict": "text", "http_status": "int", "vendor_id": "text",
    "detail": "text",
}  # fmt: skip


def _close_made(settlements: Sequence[Settlement], now: datetime) -> None:
    """One statement for the group: Django's ``bulk_update`` took a fifth of the engine's time here."""
    if not settlements:
        return
    table, rows = dialect.table(_CLOSED_BY, [_ending(s, s.conclusion) for s in settlements if s.conclusion], "i")
    statement = _CLOSE.format(
        status=dialect.cast("i.http_status", "int"), gone=dialect.cast("%s", "bool"), now=dialect.cast("%s", "time"),
        input=table,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, [True, dialect.value(now), *rows])  # the sender itself is telling us, so it is gone


def _ending(settlement: Settlement, end: Conclusion) -> tuple[Any, ...]:
    return (
        settlement.job.run_id, settlement.intended, str(end.wire), str(end.outcome.verdict), end.status,
        end.reference[:200], redact.cut(end.outcome.sentence(), 2000),
    )  # fmt: skip


def _close_looked_up(settlement: Settlement, now: datetime) -> None:
    """A look-up's answer is about every attempt that is open: they all bear the same reference."""
    attempt_id = settlement.job.extra.attempt_id
    open_ones = Attempt.objects.filter(run_id=settlement.job.run_id, outcome__in=["", "unclear"])
    if settlement.move.to is State.DONE and settlement.conclusion is not None:
        open_ones.update(outcome="acted", vendor_id=settlement.conclusion.reference[:200], ended_at=now)
    elif not settlement.move.open_attempts:
        open_ones.update(outcome="refused", detail="The vendor has no record of it.", ended_at=now)
    else:
        Attempt.objects.filter(pk=attempt_id).update(not_found=settlement.move.not_found)
