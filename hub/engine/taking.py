"""Claiming what this process was rung for, and beginning it. The threads of the lines come here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db.models import F

from hub.db import clock
from hub.dispatch import crash
from hub.dispatch.carrying import Carriers
from hub.dispatch.ledger import Job
from hub.dispatch.lines import Over
from hub.engine import lookups
from hub.engine.identity import Identity
from hub.engine.ledger import SqlLedger
from hub.plans.models import StepRun

Begin = Callable[[Sequence[Job], Over], None]


class Taking:
    """What a claiming thread needs.

    Attributes:
        leaving: what is claimed from now on is given back at once.
    """

    def __init__(self, worker: Identity, ledger: SqlLedger, carriers: Carriers) -> None:
        self._worker, self._ledger, self._carriers = worker, ledger, carriers
        self.leaving = False

    def dispatch(self, run_ids: Sequence[UUID], over: Over) -> None:
        """Steps that have come due."""
        crash.point("before_claim")
        jobs = self._ledger.claim(run_ids)
        crash.point("after_claim")
        self._begin(self._carriers.begin, run_ids, jobs, over)

    def check(self, run_ids: Sequence[UUID], over: Over) -> None:
        """Unclear attempts whose look-up has come due."""
        crash.point("before_reconcile")
        jobs = self._ledger.claim_checks(run_ids)
        self._begin(self._carriers.begin_checks, run_ids, jobs, over)

    def _begin(self, begin: Begin, asked: Sequence[UUID], jobs: Sequence[Job], over: Over) -> None:
        """What somebody else has, or is no longer due, is over for us."""
        if self.leaving:
            give_back(self._worker)
            jobs = ()
        got = {job.run_id for job in jobs}
        begin(jobs, over)
        for run_id in asked:
            if run_id not in got:
                over(run_id)


def give_back(worker: Identity) -> int:
    """Return the claimed runs of a worker that goes. Their fence moves, so whatever still holds one can send nothing.

    What is *calling* stays: a request may be out. If its answer does not come in time, the sweeper takes it from there.
    What was being looked up is somebody else's to look up.
    """
    lookups.give_up([worker.no], clock.now())
    mine = StepRun.objects.filter(state=StepRun.State.CLAIMED, worker_no=worker.no)
    return mine.update(state=StepRun.State.SCHEDULED, fence=F("fence") + 1, worker_no=None, lease_until=None)
