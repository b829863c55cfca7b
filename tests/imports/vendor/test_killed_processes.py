"""An import whose worker's process is killed, again and again, between pages and within them, ends like one left in peace.

Real processes, SIGKILL, a vendor behind a real socket, rows that are really committed. Each storm is an account of its own that
imports the same people; each worker of it dies at a statement or a commit that chance drew, until one comes to the end. Two
storms in every run, two hundred with ``--faults=large``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection, transaction

from hub.accounts.models import Account
from hub.addons import catalog, changes, installed
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact, ExternalId
from hub.core.registry import from_objects
from hub.history.models import Note
from hub.imports.models import Import
from hub.imports.vendor import changes as imports
from hub.plans import loading
from hub.plans.models import Enrollment, Plan, StepRun
from hub.testing.patient_server import PatientServer
from tests.imports.vendor import gym
from tests.plans import company
from tests.support import database
from tests.support.import_worker import ROOT, Workers
from tests.support.people import make_account

STORMS = {"small": 2, "quarter": 50, "large": 200}
MOST_DEATHS = 60
LEASE = 6 * 60
"""Seconds by which the clock moves when a worker has died: then it counts as gone."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ANN = {"id": "a", "first": "Ann", "email": "ann@example.com", "type": "guest"}
PEOPLE = [
    ANN,
    *gym.crowd(9, type="guest"),
    ANN | {"cell": "801 555 0100"},
    {"id": "x", "email": "no address"},
    ANN,
    *({"id": f"q{n}", "first": f"Quin{n}", "email": f"quin{n}@example.com", "type": "other"} for n in range(4)),
]


@pytest.fixture
def vendor() -> Iterator[str]:
    """The gym's desk, at an address."""
    desk = gym.Desk(list(PEOPLE))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = desk.answer(httpx.Request("GET", f"http://gym{self.path}"))
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = PatientServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("0")
    return file


@pytest.fixture
def workers(clock_file: Path, tmp_path: Path) -> Iterator[Workers]:
    url = database.url_of(connection.settings_dict)
    environment = {
        **os.environ, "HUB_DATABASE_URL": url, "HUB_LOG_LEVEL": "error", "PYTHONPATH": str(ROOT),
        "HUB_CLOCK_FILE": str(clock_file),
    }  # fmt: skip
    with Workers(environment, tmp_path / "log") as started:
        yield started


Work = Callable[..., int]


@pytest.fixture
def work(vendor: str, workers: Workers, clock_file: Path) -> Work:
    """Let one worker live for the import, until it is over or the drawn moment; gives its exit code."""

    def lives(row: Import, plan: Plan, dies_at: int = 0, **more: Any) -> int:
        clock_file.write_text(str(float(clock_file.read_text()) + LEASE))
        code = workers.run(vendor=vendor, import_id=row.pk, plan_id=plan.pk, dies_at=dies_at, **more)
        assert code in (0, -signal.SIGKILL), workers.tail()
        return code

    return lives


def test_an_import_killed_anywhere_again_and_again_ends_like_one_left_in_peace(
    request: pytest.FixtureRequest, work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = from_objects({"gym": gym.addon, "desk": gym.notes})
    loading.forget()
    with installed.use(registry):
        catalog.sync(registry)
        moments = tmp_path / "moments"
        account, plan, row = begun("In peace")
        assert work(row, plan, moments=str(moments)) == 0
        in_peace, most = standing(account), int(moments.read_text()) // 2

        deaths = 0
        for number in range(STORMS[request.config.getoption("--faults")]):
            account, plan, row = begun(f"Storm {number}")
            deaths += storm(row, plan, work, random.Random(number), most)
            assert standing(account) == in_peace, f"storm {number}"
    loading.forget()
    with capsys.disabled():
        sys.stdout.write(f"\n{number + 1} storms, {deaths} workers killed, {2 * most} moments in an import\n")
    assert deaths > 0


def begun(name: str) -> tuple[Account, Plan, Import]:
    """An account with the gym on, a plan for guests, and an import that nobody has taken up."""
    with transaction.atomic():
        account = make_account(name)
        changes.make_available(account, "gym", by=SYSTEM)
        changes.enable(account, "gym", by=SYSTEM)
        changes.save_settings(account, "gym", {"api_key": "gym-key-000001"}, by=SYSTEM)
        plan = company.make_plan(account, company.note_step())
        return account, plan, imports.start(account, "gym", gym.TRIGGER, by=SYSTEM)


def storm(row: Import, plan: Plan, work: Work, dice: random.Random, most: int) -> int:
    """One worker after the other, each gone at a moment of its own, until one came to the end. How many died."""
    for deaths in range(MOST_DEATHS):
        if work(row, plan, dies_at=dice.randint(1, most)) == 0:
            row.refresh_from_db()
            assert row.state == Import.State.DONE, row.problem
            return deaths
    raise AssertionError(f"it never ended: {row.state}, {row.problem}")


def standing(account: Account) -> dict[str, Any]:
    """What an import leaves behind in an account, without the ids that a database makes."""
    row = Import.objects.get(account=account)
    who = Contact.objects.filter(account=account).order_by("email")
    enrolled = Enrollment.objects.filter(account=account).values("contact_id")
    return {
        "who": list(who.values_list("first_name", "email", "phone_cell", "version")),
        "ids": list(ExternalId.objects.filter(account=account).order_by("value").values_list("value", "contact__email")),
        "plans": sorted(who.filter(pk__in=enrolled).values_list("email", flat=True)),
        "runs": StepRun.objects.filter(account=account).count(),
        "notes": sorted(Note.objects.filter(account_id=account.pk).values_list("kind", flat=True)),
        "counts": row.counts,
        "pages": list(row.pages.order_by("number").values_list("number", flat=True)),
        "report": list(row.rows.order_by("line").values_list("line", "outcome", "problem")),
    }  # fmt: skip
