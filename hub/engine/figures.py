"""The engine's numbers: what is counted of a group of tries, in one go. Nothing is reckoned while nobody listens.

On the hot path: a group is sorted by what its members *are* (one dictionary, objects as they come), and words are made of that
once a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from hub.db import counting
from hub.dispatch.gate import Hold
from hub.dispatch.ledger import Job, Settlement


def begun(job: Job, now: datetime) -> None:
    """This step has its place and goes: how long after its time?"""
    due_at = job.extra.run.due_at
    if due_at is not None and counting.is_on():
        late = (now - due_at).total_seconds()
        counting.observe("hub_step_lateness_seconds", (late,), addon=_addon(job.action_type))


def settled(settlements: Iterable[Settlement]) -> None:
    """These tries have ended."""
    if not counting.is_on():
        return
    tries = Counter(
        (one.job.action_type, one.conclusion and one.conclusion.outcome.verdict.value, one.move.to.value, one.move.code)
        for one in settlements
    )
    for (action_type, verdict, state, code), number in tries.items():
        addon = _addon(action_type)
        counting.add("hub_step_tries_total", number, addon=addon, verdict=verdict or "none", state=state)
        if code == Hold.RATE:
            counting.add("hub_rate_waits_total", number, addon=addon)


def _addon(action_type: str) -> str:
    return action_type.partition(".")[0]
