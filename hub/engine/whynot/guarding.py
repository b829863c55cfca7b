"""What the guards (:mod:`hub.engine.guards`) would say of a run, should it make its call.

They are asked by the functions that the gate and the intent ask; nothing is taken and nothing locked.
"""

from __future__ import annotations

from datetime import datetime

from hub.addons import budgets
from hub.dispatch.gate import Hold
from hub.dispatch.ledger import Job
from hub.engine import release
from hub.engine.guards import costing, repeats, spending
from hub.engine.whynot.facts import Guarded
from hub.plans.models import StepRun


def asked(run: StepRun, job: Job, at: datetime) -> Guarded:
    """What the breaker and the intent would say at that moment."""
    rest = job.extra.breaker
    probe_at = rest.next_at if rest and job.gate.resting else None
    costs = costing.costs(run)
    if costs is False or run.open_attempts:  # what may have left was paid for, and is not asked about again
        return Guarded(False, probe_at=probe_at)
    days = {run.account_id: budgets.of([run.account_id])[run.account_id].repeat_days}
    repeat = repeats.among([run], days, at).get(run.pk)
    full = spending.refusal(run, at)
    return Guarded(
        costs,
        repeat.sentence if repeat else "",
        full.sentence if full else "",
        day_of(run, at) if full else None,
        probe_at,
    )


def day_of(run: StepRun, now: datetime) -> datetime | None:
    """The day on which the limit has room for it, after those that have waited longer; None where it lets none through."""
    tomorrow = spending.day_after(run.account_id, now)
    room = spending.room(run.account_id, run.addon, tomorrow)
    if room == 0:
        return None
    days = release.ahead_of(run, Hold.BUDGET) // room if room else 0
    return spending.day_after(run.account_id, now, 1 + days)
