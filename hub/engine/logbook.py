"""The log's side of a step: one line for each try that ended, and one for whatever happens to a run between tries.

Each line carries the run, the attempt, the account, the add-on and the worker, in whichever process it is written. So one
search by a run's id, over the logs of all processes, tells its story. No line holds a word of a plugin, a vendor or a person:
those stand in the contact's history, where it is asked who may read them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from uuid import UUID

from hub.db import counting
from hub.db.logs import FACTS
from hub.dispatch import about
from hub.dispatch.ledger import Settlement
from hub.dispatch.machine import Move
from hub.dispatch.states import State
from hub.plans.models import StepRun

log = logging.getLogger("hub.engine")

LOUD = frozenset({State.REVIEW, State.FAILED})
"""States whose line is a warning: somebody should look."""


def settled(settlements: Iterable[Settlement], late: Collection[UUID] = ()) -> None:
    """Tries have ended, and what they came to is in the database."""
    if not log.isEnabledFor(logging.INFO):
        return
    for settlement in settlements:
        _settled(settlement, settlement.job.run_id in late)


def _settled(settlement: Settlement, late: bool) -> None:
    job, move, end = settlement.job, settlement.move, settlement.conclusion
    facts: dict[str, object] = {
        "run": str(job.run_id), "attempt": settlement.intended or move.attempts, "account": job.extra.run.account_id,
        "addon": about.addon_of(job), "worker": about.worker(), "action": job.action_type, "fence": job.fence,
        "state": str(move.to),
    }  # fmt: skip
    if end is not None:
        facts |= {"verdict": str(end.outcome.verdict), "wire": str(end.wire), "status": end.status}
    _say(move, facts, "step settled late" if late else "step settled")


def taken_back(run: StepRun, move: Move, *, gone: bool) -> None:
    """The sweeper took a run from a worker that is dead, or stuck."""
    facts = {
        "run": str(run.pk), "attempt": run.attempts, "account": run.account_id, "addon": run.addon,
        "worker": about.worker(), "action": run.action_type, "fence": run.fence, "state": str(move.to),
        "from_worker": run.worker_no, "proved_gone": gone,
    }  # fmt: skip
    _say(move, facts, "step taken back")
    counting.add("hub_steps_taken_back_total", addon=run.addon)


def _say(move: Move, facts: dict[str, object], event: str) -> None:
    if move.code:
        facts["code"] = move.code
    if move.due_at is not None:
        facts["due"] = move.due_at.isoformat()
    log.log(logging.WARNING if move.to in LOUD else logging.INFO, event, extra={FACTS: facts})
