"""A worker is ended at each named point of a step's path, for each effect class, and another goes on.

The vendor's own ledger is the judge: one effect or none, never two; and none only where a person is asked. Both ways to run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from django.db import connection, transaction

import hub.steps
from hub.accounts.models import Switch
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core import registry as registries
from hub.db import clock, installation
from hub.dispatch import crash
from hub.engine import reference
from hub.engine.models import Breaker
from hub.history.models import Note
from hub.plans import enrollment, loading
from hub.plans.models import StepRun
from tests.engine.world import make_plan
from tests.support import database, fourclasses
from tests.support.countingvendor import CountingVendor
from tests.support.people import make_account
from tests.support.plain_worker import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
Work = Callable[..., int]
KILLED = 137

SENDING = ("before_claim", "after_claim", "before_call", "before_intent", "in_intend", "after_intent", "before_send",
           "after_send", "before_settle", "in_settle", "after_settle", "before_ring", "after_ring")  # fmt: skip
"""Points on the way out, reached by every step."""

RECOVERY = ("before_sweep", "in_sweep", "after_sweep")
"""Points of the sweep, reached after a first worker was killed."""

WRITTEN = "in_sweep_written"
"""Between what the sweep says of the run and what it says of the attempt; a run that was only claimed has none."""


@pytest.fixture
def vendor() -> Iterator[CountingVendor]:
    with CountingVendor() as playing:
        yield playing


@pytest.fixture(scope="module")
def workers(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    url = database.url_of(connection.settings_dict)
    environment = {**os.environ, "HUB_DATABASE_URL": url, "HUB_LOG_LEVEL": "error", "PYTHONPATH": str(ROOT)}
    with Workers(environment, tmp_path_factory.mktemp("workers") / "log") as started:
        yield started


def enroll(klass: str) -> StepRun:
    """One contact on a one-step plan of this class."""
    found = registries.from_objects([fourclasses.addon, hub.steps.addon])
    loading.forget()
    with installed.use(found), transaction.atomic():
        catalog.sync(found)
        account = make_account("Northside")
        addons.make_available(account, "classes", by=SYSTEM)
        addons.enable(account, "classes", by=SYSTEM)
        addons.save_settings(account, "classes", {"api_key": "classes-key-123"}, by=SYSTEM)
        plan = make_plan(account, [(f"classes.{klass}", {})], (), "none")
        now = clock.now()
        person = Contact.objects.create(account=account, first_name="Ada", created_at=now, updated_at=now)
        enrollment.enroll(plan, [person.pk], by=SYSTEM)
    return StepRun.objects.get()


@pytest.fixture
def work(vendor: CountingVendor, workers: Workers, tmp_path: Path) -> Work:
    """Run a worker until it is done or dies, at the named point if there is one; gives its exit code."""
    offset = tmp_path / "clock"
    offset.write_text("0")

    def run(point: str = "") -> int:
        code = workers.run(vendor.url, offset, point)
        assert code in (0, KILLED), workers.tail()
        return code

    return run


def judge(run: StepRun, vendor: CountingVendor) -> None:
    """Never two, never lost, never falsely done or failed."""
    run.refresh_from_db()
    effects = vendor.count(reference.of(installation.ref(), run.pk, 0))
    assert effects <= 1, f"sent {effects} times"
    assert run.state in ("done", "review"), (
        f"neither done nor with a person: {run.state}, {run.hold_reason} {run.hold_detail}"
    )
    if run.state == "done":
        assert effects == 1, "reported done without an effect"


@pytest.mark.parametrize("klass", fourclasses.CLASSES)
@pytest.mark.parametrize("point", SENDING)
def test_a_worker_killed_on_the_way_out_sends_at_most_once(
    klass: str, point: str, vendor: CountingVendor, work: Work
) -> None:
    run = enroll(klass)

    assert work(point) == KILLED
    assert work() == 0

    judge(run, vendor)


@pytest.mark.parametrize("klass", fourclasses.CLASSES)
@pytest.mark.parametrize(
    ("point", "first"), [*product(RECOVERY, ["after_claim", "after_send"]), (WRITTEN, "after_send")]
)
def test_a_sweeper_killed_while_it_takes_back_loses_nothing(
    klass: str, first: str, point: str, vendor: CountingVendor, work: Work
) -> None:
    run = enroll(klass)

    work(first)
    assert work(point) == KILLED
    assert work() == 0

    judge(run, vendor)


@pytest.mark.parametrize("first", ["after_intent", "after_send"])
@pytest.mark.parametrize("point", ["before_reconcile", "after_reconcile"])
def test_a_reconciler_killed_while_it_asks_loses_nothing(
    first: str, point: str, vendor: CountingVendor, work: Work
) -> None:
    run = enroll("lookup")

    work(first)
    assert work(point) == KILLED
    assert work() == 0

    judge(run, vendor)
    assert run.state == "done", "a strong vendor settles every case"


def test_a_ticker_killed_while_it_lets_go_lets_go_once(vendor: CountingVendor, work: Work) -> None:
    run = enroll("blind")
    Switch.objects.update(status="paused")
    assert work() == 0
    assert StepRun.objects.get().state == "held"
    Switch.objects.update(status="active")

    assert work("in_release") == KILLED
    assert StepRun.objects.get().state == "held"
    assert work() == 0

    judge(run, vendor)
    assert Note.objects.filter(run_id=None, kind="step.released").count() == 1


@pytest.mark.parametrize("klass", ["repeatable", "keyed"])
def test_a_ticker_killed_while_it_sends_a_probe_out_sends_it_once(
    klass: str, vendor: CountingVendor, work: Work
) -> None:
    """The other classes are never a probe."""
    run, now = enroll(klass), clock.now()
    StepRun.objects.update(state="held", hold_reason="breaker_open", effect_class=klass, held_at=now)
    Breaker.objects.create(
        account_id=run.account_id, connection_id=Connection.objects.get().pk, addon="classes", state="open", opens=1,
        changed_at=now, next_at=now,
    )  # fmt: skip

    assert work("in_probe") == KILLED
    assert set(Breaker.objects.values_list("state", "probe")) == {("open", None)}
    assert work() == 0

    judge(run, vendor)
    assert vendor.count(reference.of(installation.ref(), run.pk, 0)) == 1


def test_every_point_of_the_path_is_killed_here() -> None:
    tried = {*SENDING, *RECOVERY, WRITTEN, "before_reconcile", "after_reconcile"}

    assert set(crash.POINTS) == tried


def test_the_database_is_the_one_the_worker_uses(database_url: str) -> None:
    name = str(connection.settings_dict["NAME"])

    assert name.rsplit("/", 1)[-1] in database_url
