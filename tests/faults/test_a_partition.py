"""A worker that sees the vendor and not its database: one effect, nothing said that is not so, and all at rest in the end.

A's line to PostgreSQL is held when the vendor has its requests, one of each effect class. B, whose line is well, sweeps and works
on while the clock passes every deadline. Then A's line heals and it comes home with what it heard; or it never does.

Three ways to be parted. *Near*: the server still has A's sessions, so A's lock stays, and what it was sending counts as stuck in
the end. *Far*: the server has given A's sessions up and A is a worker of another host, so nobody can tell whether it lives.
*Gone*: the same, and it dies behind the held line. With ``--faults=large`` in each wave of steps, several times.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

import hub.steps
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core import registry as registries
from hub.db import clock
from hub.plans import enrollment, loading
from hub.plans.models import Enrollment
from tests.engine.world import make_plan
from tests.faults import elsewhere, history, scribe, telling, verdict
from tests.faults.history import History
from tests.faults.unruly import UnrulyVendor
from tests.journeys.books import Books
from tests.support import database, fourclasses
from tests.support.countingvendor import CountingVendor
from tests.support.faultyproxy import FaultyProxy
from tests.support.people import make_account
from tests.support.plain_worker import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CLASSES = fourclasses.CLASSES
WAVES = {"small": [1], "quarter": [1, 2, 3, 4], "large": [1, 2, 3, 4] * 4}
"""In which waves of steps the line is held: in each wave every class is sent once."""

SECONDS = 180.0
FAR = "far"
"""A's name at the server."""


class Attentive(UnrulyVendor):
    """It takes its requests well. When it has all of a wave, and before it acts on any of them, it tells."""

    def __init__(self, told: History, wave: int) -> None:
        super().__init__(0, told)
        self._before, self._whole = len(CLASSES) * (wave - 1), len(CLASSES) * wave
        self._seen, self._counting = 0, threading.Lock()
        self.asked, self.cut = threading.Event(), threading.Event()

    def mood(self) -> str:
        with self._counting:
            self._seen += 1
            mine = self._seen
        if mine == self._whole:
            self.asked.set()
        if self._before < mine <= self._whole:
            self.cut.wait(SECONDS)
        return "well"

    def shown(self, ref: str) -> list[dict[str, Any]]:
        return CountingVendor.shown(self, ref)  # its lists do not lag: the clock jumps here, and it does not


@dataclass
class Parted:
    """Two workers and the line of one of them."""

    proxy: FaultyProxy
    far: Workers
    near: Workers
    told: History
    clock: Path
    url: str
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.url)

    @contextmanager
    def a_worker_begins(self, vendor: Attentive) -> Iterator[int]:
        """The far one, until the vendor has all requests of the wave; gives its process. A block that fails leaves none."""
        self.far.begin(vendor.url, self.clock)
        assert vendor.asked.wait(SECONDS), self.far.tail()
        [(pid,)] = self.books.read(
            "SELECT DISTINCT w.pid FROM plans_steprun s JOIN engine_worker w ON w.no = s.worker_no"
        )
        try:
            yield pid
        except BaseException:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.proxy.go_on()
            self.far.ended()
            raise

    def the_server_hangs_up(self, pid: int) -> None:
        """What keepalives lead to after a while, and nothing is heard of A's host."""
        silent = "UPDATE engine_worker SET host = 'elsewhere', beat_at = beat_at - interval '1 hour' WHERE pid = %s"
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(silent, [pid])
            session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [FAR])


@pytest.fixture(scope="module")
def parted(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parted]:
    folder = tmp_path_factory.mktemp("parted")
    folder.joinpath("sitecustomize.py").write_text(scribe.CUSTOMIZE)
    told, moved = History(folder / "history.jsonl"), folder / "clock"
    url = database.url_of(connection.settings_dict)
    given = {
        **os.environ, "HUB_LOG_LEVEL": "critical", "HUB_CLOCK_FILE": str(moved), "PYTHONPATH": f"{folder}:{ROOT}",
        scribe.FILE: str(told.file),
    }  # fmt: skip
    with ExitStack() as stack:
        stack.callback(told.close)
        proxy = stack.enter_context(FaultyProxy(int(connection.settings_dict["PORT"])))
        through = url.replace(f":{connection.settings_dict['PORT']}/", f":{proxy.port}/")
        far = {**given, scribe.WHO: "far.1", "HUB_DATABASE_URL": f"{through}?application_name={FAR}"}
        near = {**given, scribe.WHO: "near.1", "HUB_DATABASE_URL": url}
        yield Parted(
            proxy,
            stack.enter_context(Workers(far, folder / "far.log")),
            stack.enter_context(Workers(near, folder / "near.log", elsewhere.__name__)),
            told, moved, url,
        )  # fmt: skip


def enroll(told: History) -> None:
    """A contact on each of four plans; each plan has a step of each class, and begins with another."""
    found = registries.from_objects([fourclasses.addon, hub.steps.addon])
    loading.forget()
    with installed.use(found), transaction.atomic():
        catalog.sync(found)
        account = make_account("Northside")
        addons.make_available(account, "classes", by=SYSTEM)
        addons.enable(account, "classes", by=SYSTEM)
        addons.save_settings(account, "classes", {"api_key": "classes-key-123"}, by=SYSTEM)
        now = clock.now()
        for first in range(len(CLASSES)):
            steps = [*CLASSES[first:], *CLASSES[:first]]
            plan = make_plan(account, [(f"classes.{klass}", {}) for klass in steps], (), "none")
            person = Contact.objects.create(account=account, first_name=f"C{first}", created_at=now, updated_at=now)
            enrollment.enroll(plan, [person.pk], by=SYSTEM)
    for id_ in Enrollment.objects.values_list("pk", flat=True):
        told.write("enrol", enrollment=id_, account=account.pk, steps=len(CLASSES))


def part(way: str, wave: int, parted: Parted) -> None:
    """One partition, from the enrolment to the rest after it."""
    parted.clock.write_text("0")
    os.truncate(parted.told.file, 0)
    enroll(parted.told)
    vendor = Attentive(parted.told, wave)
    with vendor:
        with parted.a_worker_begins(vendor) as pid:
            parted.proxy.hold()
            vendor.cut.set()
            if way != "near":
                parted.the_server_hangs_up(pid)

            assert parted.near.run(vendor.url, parted.clock) == 0, parted.near.tail()
            assert parted.books.at_rest(), "who sees the database waits for nobody"
            if way == "gone":
                os.kill(pid, signal.SIGKILL)
            parted.proxy.go_on()
            code = parted.far.ended()
        assert code == (-signal.SIGKILL if way == "gone" else 0), parted.far.tail()
        assert parted.near.run(vendor.url, parted.clock) == 0, parted.near.tail()
    parted.told.write("rest")
    telling.tell(parted.books, parted.told)


def judge(parted: Parted, way: str) -> verdict.Story:
    story = verdict.read(list(history.read(parted.told.file)))
    found = verdict.faults(story)
    if way != "near":  # nobody could tell that it lived; the fence and the floors see to it that this does no harm
        found = [fault for fault in found if not fault.startswith("stolen")]
    assert found == []
    return story


@pytest.mark.parametrize("way", ["near", "far", "gone"])
def test_a_worker_that_does_not_see_its_database_does_nothing_twice_and_the_others_go_on(
    way: str, parted: Parted, pytestconfig: pytest.Config
) -> None:
    for wave in WAVES[pytestconfig.getoption("--faults")]:
        part(way, wave, parted)

        story = judge(parted, way)
        ends = {run.state for run in story.runs}
        assert ends <= {"done", "review"}
        unclear = {run.klass for run in story.runs if run.state == "review"}
        assert unclear <= {"blind"}, "only what can be neither repeated nor looked up is asked of a person"
        if way != "gone":
            assert not unclear, "it came home with the vendor's yes, and was believed"
