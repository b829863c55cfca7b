"""The two ledgers, as :class:`tests.faults.stage.Store`: in memory and on the database of the test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hub.core.facts import Contact
from hub.core.registry import from_objects
from hub.dispatch.ledger import Job
from hub.dispatch.states import CLOSED, HELD_BY_WORKER, State
from hub.testing.ledger import MemoryLedger
from tests.faults import scribe
from tests.faults.history import Kept
from tests.support import fourclasses

STUCK, IN_LINE = timedelta(seconds=90), timedelta(minutes=11)
"""After which a living worker loses what it has sent, and what it has only claimed. The real figures are the sweeper's own."""


class _Desk:
    """One worker's words, each of which is written down."""

    def __init__(self, ledger: Any, claim_checks: Any) -> None:
        self._ledger, self._checks = ledger, claim_checks

    def now(self) -> datetime:
        moment: datetime = self._ledger.now()
        return moment

    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        jobs: Sequence[Job] = self._ledger.claim(run_ids)
        return jobs

    def claim_checks(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        jobs: Sequence[Job] = self._checks(run_ids)
        return jobs

    def intend(self, intents: Sequence[Any]) -> Any:
        return self._ledger.intend(intents)

    def settle(self, settlements: Sequence[Any]) -> None:
        self._ledger.settle(settlements)


def _desk(ledger: Any, claim_checks: Any, kept: Kept) -> Any:
    mine = type("Desk", (_Desk,), {})
    scribe.watch(mine, kept)
    return mine(ledger, claim_checks)


class MemoryStore:
    """The memory ledger. Who holds what is remembered here, for it has no workers of its own."""

    def __init__(self, klass: str) -> None:
        self.kept = Kept()
        self.ledger = MemoryLedger(from_objects([fourclasses.addon]))
        self._klass, self._dead = klass, set[str]()

    def enroll(self) -> None:
        run = self.ledger.add(f"classes.{self._klass}", Contact(id="7", first_name="Ada"), settings={"api_key": "k"})
        self.kept.write("enrol", enrollment=run.id.hex, account=1, steps=1)

    def desk(self, name: str) -> Any:
        return _desk(self.ledger, lambda ids: self.ledger.checks_due(), self.kept.of(name))

    def now(self) -> datetime:
        return self.ledger.now()

    def advance(self, span: timedelta) -> None:
        self.ledger.clock.advance(seconds=span.total_seconds())

    def due(self) -> Sequence[UUID]:
        return [run.id for run in self.ledger.runs.values() if run.state is State.SCHEDULED]

    def checks(self) -> Sequence[UUID]:
        return []

    def next_moment(self) -> datetime | None:
        runs = [run for run in self.ledger.runs.values() if run.state not in (*CLOSED, State.REVIEW)]
        waits = [run.next_check_at if run.state is State.UNKNOWN else run.due_at for run in runs]
        return min([moment or self.now() for moment in waits], default=None)

    def sweep(self) -> None:
        now, claims = self.now(), self._claims()
        for run in list(self.ledger.runs.values()):
            if run.state in HELD_BY_WORKER:
                holder, since = claims[run.id.hex]
                stuck = STUCK if run.state is State.CALLING else IN_LINE
                if holder in self._dead or now - since > stuck:
                    self.ledger.sweep([run.id], proved=holder in self._dead)

    def _claims(self) -> dict[str, tuple[str, datetime]]:
        """Run → who claimed it last, and when; or when it wrote the intent down."""
        found: dict[str, tuple[str, datetime]] = {}
        for line in self.kept.lines:
            if line["what"] == "claim":
                found[line["run"]] = (line["by"], datetime.fromtimestamp(line["at"], self.now().tzinfo))
        for run in self.ledger.runs.values():
            if run.id.hex in found and run.tries and run.state is State.CALLING:
                found[run.id.hex] = (found[run.id.hex][0], run.tries[-1].at)
        return found

    def die(self, name: str) -> None:
        self._dead.add(name)

    def pause(self) -> None:
        self.ledger.paused = True
        self.kept.write("pause", account=1)

    def unpause(self) -> None:
        if self.ledger.paused:
            self.kept.write("unpause", account=1)
        self.ledger.paused = False
        for run in self.ledger.runs.values():
            self.ledger.release(run.id)

    def lock(self) -> None:
        """There are no accounts above here: it is a pause."""
        self.pause()

    def unlock(self) -> None:
        self.unpause()

    def cancel(self, run_id: UUID) -> None:
        self.ledger.cancel(run_id)

    def decide(self, run_id: UUID, choice: str) -> bool:
        """There is no inbox here."""
        return False

    def look(self) -> dict[str, tuple[str, int]]:
        """Run → its state and its open attempts."""
        return {run.id.hex: (str(run.state), run.open_attempts) for run in self.ledger.runs.values()}

    def tell(self) -> None:
        for run in self.ledger.runs.values():
            state = str(run.state)
            self.kept.write(
                "told", run=run.id.hex, enrollment=run.id.hex, account=1, seq=0, klass=self._klass, state=state,
                reason=run.code, notes={f"step.{state}": 1},
            )  # fmt: skip
            over = run.state in CLOSED
            self.kept.write(
                "told plan", enrollment=run.id.hex, account=1, state="finished" if over else "", finished=over
            )


class SqlStore:
    """The engine's ledger, with workers of its own. Make it with :func:`sql_store`."""

    def __init__(self, world: Any, plans: Mapping[str, Any], steps: int) -> None:
        self.kept = Kept()
        self._world, self._plans, self._steps = world, plans, steps
        self._plan = next(iter(plans.values()))
        self._workers: dict[str, Any] = {}
        self._up_since = self.now() - timedelta(days=9)

    def enroll(self) -> None:
        from django.db import transaction

        from hub.audit.actor import SYSTEM
        from hub.plans import enrollment
        from hub.plans.models import Enrollment

        [person] = self._world.contacts(1)
        with transaction.atomic():
            enrollment.enroll(self._plan, [person.pk], by=SYSTEM, now=self.now())
        row = Enrollment.objects.get(contact_id=person.pk)
        self.kept.write("enrol", enrollment=row.pk, account=row.account_id, steps=self._steps)

    def desk(self, name: str) -> Any:
        from hub.engine import identity
        from hub.engine.ledger import SqlLedger

        worker = identity.enter()
        ledger = SqlLedger(worker)
        self._workers[name] = worker
        return _desk(ledger, ledger.claim_checks, self.kept.of(name))

    def now(self) -> datetime:
        moment: datetime = self._world.clock.now()
        return moment

    def advance(self, span: timedelta) -> None:
        self._world.clock.advance(span)

    def due(self) -> Sequence[UUID]:
        from hub.engine import due

        return due.due_steps(self.now(), 500)

    def checks(self) -> Sequence[UUID]:
        from hub.engine import due

        return due.due_checks(self.now(), 500)

    def next_moment(self) -> datetime | None:
        from hub.plans.models import StepRun

        live = StepRun.objects.exclude(state__in=[*CLOSED, "review"])
        rows = live.values_list("state", "hold_reason", "due_at", "next_check_at", "lease_until")
        waits = [_waits_for(*row) for row in rows]
        return min([moment or self.now() for moment in waits], default=None)

    def sweep(self) -> None:
        """The ticker's, and the housekeeper's whom it rings for where no step may be the probe."""
        from hub.engine import release, sweep
        from hub.engine.guards import probing
        from hub.engine.models import Breaker

        sweep.sweep()
        probing.sweep()
        for breaker_id in Breaker.objects.filter(state="half_open", probe=None).values_list("pk", flat=True):
            probing.check(breaker_id)
        release.sweep()

    def die(self, name: str) -> None:
        """Its lock is free, and there is no process of its number any more."""
        from hub.engine.models import Worker

        worker = self._workers.pop(name)
        worker._lock.release()
        Worker.objects.filter(no=worker.no).update(pid=1, pid_start="before")

    def restarts(self) -> None:
        """The database server does: nobody has a lock, and of the workers, who are elsewhere, nothing else is seen."""
        from hub.engine.models import Worker

        self._up_since = self.now()
        for worker in self._workers.values():
            worker._lock.release()
            Worker.objects.filter(no=worker.no).update(host="elsewhere")

    def server_age(self) -> timedelta:
        """Since its last start."""
        return self.now() - self._up_since

    def pause(self) -> None:
        self._switch("paused")
        self.kept.write("pause", account=self._world.account.pk)

    def unpause(self) -> None:
        self.kept.write("unpause", account=self._world.account.pk)
        self._switch("active")

    def _switch(self, status: str) -> None:
        from hub.accounts.models import Switch

        Switch.objects.filter(account=self._world.account).update(status=status)

    def lock(self) -> None:
        """Of the account above."""
        self._lock("lock_login")
        self.kept.write("lock", accounts=self._locked())

    def unlock(self) -> None:
        self.kept.write("unlock", accounts=self._locked())
        self._lock("unlock_login")

    def _lock(self, change: str) -> None:
        from django.db import transaction

        from hub.accounts import changes, reads
        from hub.audit.actor import SYSTEM

        with transaction.atomic():
            getattr(changes, change)(reads.get(self._world.account.parent_id), by=SYSTEM)

    def _locked(self) -> list[int]:
        account = self._world.account
        return [account.parent_id, account.pk]

    def cancel(self, run_id: UUID) -> None:
        """The contact is taken off the plan."""
        from django.db import transaction

        from hub.audit.actor import SYSTEM
        from hub.plans import stopping
        from hub.plans.models import StepRun

        run = StepRun.objects.get(pk=run_id)
        with transaction.atomic():
            stopping.stop(run.account_id, [run.enrollment_id], reason="Asked to", by=SYSTEM)

    def decide(self, run_id: UUID, choice: str) -> bool:
        """A person at the inbox. Says whether the inbox let them."""
        from django.db import transaction

        from hub.audit.actor import SYSTEM
        from hub.db.errors import Conflict
        from hub.engine import review

        try:
            with transaction.atomic():
                if choice == "send again":
                    review.send_again(self._world.account.pk, run_id, "It did not arrive.", by=SYSTEM)
                else:
                    review.one(self._world.account.pk, run_id, choice, by=SYSTEM)
        except Conflict:
            return False
        self.kept.write("person", run=run_id.hex, choice=choice)
        return True

    def look(self) -> dict[str, tuple[str, int]]:
        """Run → its state and its open attempts."""
        from hub.plans.models import StepRun

        ours = [line["enrollment"] for line in self.kept.lines if line["what"] == "enrol"]
        rows = StepRun.objects.filter(enrollment_id__in=ours).values_list("pk", "state", "open_attempts")
        return {pk.hex: (state, open_) for pk, state, open_ in rows}

    def tell(self) -> None:
        from django.db import connection

        from tests.faults import telling

        def read(sql: str) -> list[Any]:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())

        all_rows = Kept()
        telling.tell(SimpleNamespace(read=read), all_rows)  # type: ignore[arg-type]  # it reads, and nothing else
        ours = {line["enrollment"] for line in self.kept.lines if line["what"] == "enrol"}
        self.kept.lines += [line for line in all_rows.lines if line["enrollment"] in ours]

    def begin_anew(self, klass: str) -> None:
        """Another history, with other workers; what the last one left has ended or waits for a person."""
        from hub.engine.models import Breaker

        for worker in self._workers.values():
            worker.leave()
        Breaker.objects.all().delete()
        self._workers, self.kept, self._plan = {}, Kept(), self._plans[klass]


def _waits_for(
    state: str, why: str, due: datetime | None, check: datetime | None, lease: datetime | None
) -> datetime | None:
    """The moment at which something can be done about a run."""
    from hub.engine.models import Breaker

    if (state, why) == ("held", "breaker_open"):
        return Breaker.objects.exclude(next_at=None).order_by("next_at").values_list("next_at", flat=True).first()
    return check if state == "unknown" else lease or due


def _always_there(_connection: Any) -> bool:
    """Whether the stage's vendor is away, for those who only ask: he has no address."""
    return False


@contextmanager
def sql_store(classes: Iterable[str], steps: int = 1) -> Iterator[SqlStore]:
    """A world with a plan for each of these effect classes, of so many steps."""
    from django.db import transaction

    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM
    from tests.engine.world import make_plan, make_world

    with make_world(more_addons=[fourclasses.addon], beneath="Above") as world:
        with transaction.atomic():
            addons.make_available(world.account, "classes", by=SYSTEM)
            addons.enable(world.account, "classes", by=SYSTEM)
            addons.save_settings(world.account, "classes", {"api_key": "classes-key-123"}, by=SYSTEM)
            plans = {name: make_plan(world.account, [(f"classes.{name}", {})] * steps, (), "none") for name in classes}
        store = SqlStore(world, plans, steps)
        try:
            with (
                patch("hub.db.uptime.of_the_server", store.server_age),
                patch("hub.engine.guards.probing._examined", _always_there),
            ):
                yield store
        finally:
            for worker in store._workers.values():
                worker._lock.release()
