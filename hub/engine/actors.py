"""What Dramatiq calls: a few lines each, taking only ids, each with the lane in whose line it is to stand.

Nothing of that is trusted, and nothing a promise: the claim looks at the row, and a message that comes twice, late or never
changes nothing but the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import dramatiq

from hub.db import ringing, turns
from hub.dispatch.lanes import Lane
from hub.engine import broker, runtime
from hub.engine.archiving import working as archiving
from hub.engine.broker import FEW_WAITING
from hub.engine.due import Bell, Rung
from hub.engine.guards import probing
from hub.users.declare import job


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def dispatch_steps(rung: list[list[str]]) -> None:
    """Carry out those of these steps that are due and free, when their turn comes."""
    runtime.current().lines.offer("dispatch", map(_read, rung))


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def check_steps(rung: list[list[str]]) -> None:
    """Ask the vendors what became of these unclear attempts, when their turn comes."""
    runtime.current().lines.offer("check", map(_read, rung))


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def ring() -> None:
    """Somebody made a step due in a process without a ticker."""
    _bell.ring()


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.housekeeping")
def archive() -> None:
    """Move a portion of what has been over for long, and ring for the next. One that is lost is rung again by the ticker."""
    if archiving.portion().more and not archiving.others_wait():
        turns.give_way()
        ringing.ring(archive)


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.dispatch")
def probe_connection(breaker_id: int) -> None:
    """Ask a vendor that came to grief whether it is well again. One that is lost is asked anew when its lease is over."""
    probing.check(breaker_id)


_ACTORS = {"dispatch": dispatch_steps, "check": check_steps}


def send(what: str, rung: Sequence[Rung]) -> None:
    """Put one message on the queue. Losing it is harmless; not reaching the broker is reported and no more."""
    _ACTORS[what].send([[str(run_id), *lane] for run_id, lane in rung])


def waiting() -> int:
    """How many messages wait in the steps' line."""
    return broker.waiting(dispatch_steps.queue_name)


def bell() -> Bell:
    """One that looks before it rings."""
    return Bell(send, waiting=waiting)


def nudge() -> None:
    """Have a worker look at what is due. Where bells wait already that brings nothing forward, and the ticker looks anyway."""
    if waiting() <= FEW_WAITING:
        ring.send()


def _read(one: Sequence[str]) -> Rung:
    run_id, addon, account = one
    return UUID(run_id), Lane(addon, account)


_bell = bell()
"""This process's own, for :func:`ring`."""
