"""The SQL ledger keeps the laws of a ledger, on SQLite and on PostgreSQL."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.dispatch.ledger import Job
from hub.dispatch.states import State
from hub.engine import due
from hub.engine import sweep as sweeping
from hub.engine.ledger import SqlLedger
from hub.engine.models import Attempt, Worker
from hub.history.models import Note
from hub.plans import stopping
from hub.plans.models import StepRun
from tests.contract.ledger_laws import LedgerLaws, Look
from tests.engine.world import World, make_world


class SqlHarness:
    """See :class:`tests.contract.ledger_laws.Harness`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ledger: SqlLedger = world.ledger

    def add(self, *, due_in: timedelta = timedelta(0)) -> UUID:
        [run] = self._world.enroll(1)
        StepRun.objects.filter(pk=run.pk).update(due_at=self.ledger.now() + due_in)
        return run.pk

    def look(self, run_id: UUID) -> Look:
        run = StepRun.objects.get(pk=run_id)
        tries = Attempt.objects.filter(run_id=run_id)
        notes = Note.objects.filter(run_id=run_id).count()
        return Look(
            State(run.state), run.fence, run.attempts, run.open_attempts, run.crashes,
            tries.filter(outcome="unclear").count(), tries.count(), notes, run.due_at, run.next_check_at,
        )  # fmt: skip

    def advance(self, span: timedelta) -> None:
        self._world.clock.advance(span)

    def pause(self) -> None:
        with transaction.atomic():
            accounts.pause(self._world.account, by=SYSTEM)

    def cancel(self, run_id: UUID) -> None:
        run = StepRun.objects.get(pk=run_id)
        with transaction.atomic():
            stopping.stop(run.account_id, [run.enrollment_id], reason="Asked to", by=SYSTEM)

    def sweep(self, run_id: UUID) -> None:
        now = self.ledger.now()
        dead = Worker.objects.create(
            boot_id=uuid.uuid4(), host=socket.gethostname(), pid=1, pid_start="before-this", started_at=now, beat_at=now
        )
        held = StepRun.objects.filter(pk=run_id, state__in=["claimed", "calling"])
        held.update(worker_no=dead.no, lease_until=now - timedelta(seconds=1))
        sweeping.sweep()

    def checks_due(self) -> Sequence[Job]:
        return self.ledger.claim_checks(due.due_checks(self.ledger.now(), 100))


@pytest.mark.django_db(transaction=True)
class TestSqlLedger(LedgerLaws):
    @pytest.fixture
    def harness(self) -> Iterator[SqlHarness]:
        with make_world() as world:
            yield SqlHarness(world)
