"""The memory ledger keeps the laws of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from hub.core import Contact
from hub.core.registry import Registry
from hub.dispatch.ledger import Job
from hub.testing.ledger import MemoryLedger
from tests.contract.ledger_laws import LedgerLaws, Look


class MemoryHarness:
    """See :class:`tests.contract.ledger_laws.Harness`."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger(Registry())

    def add(self, *, due_in: timedelta = timedelta(0)) -> UUID:
        return self.ledger.add("pigeon.mail", Contact(id="7"), due_at=self.ledger.now() + due_in).id

    def look(self, run_id: UUID) -> Look:
        run = self.ledger.runs[run_id]
        return Look(
            run.state, run.fence, run.attempts, run.open_attempts, run.crashes, sum(a.open for a in run.tries),
            len(run.tries), len(run.notes), run.due_at, run.next_check_at,
        )  # fmt: skip

    def advance(self, span: timedelta) -> None:
        self.ledger.clock.advance(seconds=span.total_seconds())

    def pause(self) -> None:
        self.ledger.paused = True

    def cancel(self, run_id: UUID) -> None:
        self.ledger.cancel(run_id)

    def sweep(self, run_id: UUID) -> None:
        self.ledger.sweep([run_id])

    def checks_due(self) -> Sequence[Job]:
        return self.ledger.checks_due()


class TestMemoryLedger(LedgerLaws):
    @pytest.fixture
    def harness(self) -> MemoryHarness:
        return MemoryHarness()

    def test_of_many_workers_one_gets_the_run(self, harness: MemoryHarness) -> None:
        runs = [harness.add() for _ in range(200)]

        with ThreadPoolExecutor(8) as workers:
            batches = list(workers.map(lambda _: harness.ledger.claim(runs), range(8)))

        claimed = [job.run_id for batch in batches for job in batch]
        assert sorted(claimed) == sorted(runs)
