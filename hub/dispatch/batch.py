"""One message's worth of work: claim, carry out. The same few lines in production and in the author's kit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hub.dispatch import crash
from hub.dispatch.ledger import Ledger
from hub.dispatch.runner import Runner


def dispatch(run_ids: Sequence[UUID], ledger: Ledger, runner: Runner) -> int:
    """Carry out those of these step runs that are due and free. Returns how many were claimed.

    Harmless for every id that is not due, not ours, or does not exist: a message may come twice or not at all.
    """
    crash.point("before_claim")
    jobs = ledger.claim(run_ids)
    crash.point("after_claim")
    runner.run(jobs)
    return len(jobs)
