"""What Dramatiq calls: a few lines each, taking only ids.

An id is not trusted and not a promise: the claim looks at the row, and a message that comes twice, late or never changes
nothing but the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import dramatiq

from hub.dispatch import crash
from hub.dispatch.batch import dispatch
from hub.engine import runtime
from hub.engine.due import Bell
from hub.users.declare import job


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def dispatch_steps(run_ids: list[str]) -> None:
    """Carry out those of these steps that are due and free."""
    current = runtime.current()
    if not current.leaving:
        dispatch([UUID(run_id) for run_id in run_ids], current.ledger, current.runner)


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def check_steps(run_ids: list[str]) -> None:
    """Ask the vendors what became of these unclear attempts."""
    current = runtime.current()
    if current.leaving:
        return
    crash.point("before_reconcile")
    current.runner.check(current.ledger.claim_checks([UUID(run_id) for run_id in run_ids]))
    crash.point("after_reconcile")


@dramatiq.actor(queue_name="steps", max_retries=0)
@job("system.dispatch")
def ring() -> None:
    """Somebody made a step due in a process without a ticker."""
    _bell.ring()


_ACTORS = {"dispatch": dispatch_steps, "check": check_steps}


def send(what: str, run_ids: Sequence[UUID]) -> None:
    """Put one message on the queue. Losing it is harmless; not reaching the broker is reported and no more."""
    _ACTORS[what].send([str(run_id) for run_id in run_ids])


_bell = Bell(send)
"""This process's own, for :func:`ring`."""
