"""What the log says of a step: each line about it names the run, the attempt, the account, the add-on and the worker."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.db import logs
from hub.engine import sweep
from hub.engine.models import Worker
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What goes to standard error, as JSON."""
    caught, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:]
    logs.configure("INFO", "json")
    (handler,) = [one for one in root.handlers if isinstance(one.formatter, logs.Lines)]
    handler.stream = caught  # type: ignore[attr-defined]
    yield caught
    logs.configure("INFO", "json")
    root.handlers[:] = before


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def about(world: World, run: StepRun) -> dict[str, Any]:
    return {"run": str(run.pk), "account": world.account.pk, "addon": "postpigeon", "worker": world.worker.no}


def test_a_step_that_is_done_has_one_line(world: World, written: io.StringIO) -> None:
    (run,) = world.enroll()

    world.work()

    (line,) = [one for one in lines(written) if one.get("run") == str(run.pk)]
    assert (
        line.items() >= {**about(world, run), "attempt": 1, "state": "done", "verdict": "done", "status": 201}.items()
    )
    assert line["event"] == "step settled"


def test_no_line_holds_a_word_of_the_vendor_or_of_the_contact(world: World, written: io.StringIO) -> None:
    world.vendor.answers = [lambda request: httpx.Response(400, json={"error": "Miss Lovelace moved away"})]

    world.enroll(1, first_name="Lovelace")
    world.work()

    assert lines(written)
    assert "Lovelace" not in written.getvalue()


def test_what_the_plugin_itself_logs_names_its_step(world: World, written: io.StringIO) -> None:
    def loud(request: httpx.Request) -> httpx.Response:
        logging.getLogger("hub_postpigeon").warning("the vendor is slow today")
        return world.vendor.behave(request)

    world.vendor.answers = [loud]
    (run,) = world.enroll()

    world.work()

    (line,) = [one for one in lines(written) if one["logger"] == "hub_postpigeon"]
    assert line.items() >= {**about(world, run), "attempt": 1}.items()


def test_steps_that_run_side_by_side_keep_their_own_names(world: World, written: io.StringIO) -> None:
    world.vendor.answers = [lambda request: httpx.Response(503)] * 8

    runs = world.enroll(8)
    world.work()

    told = [one for one in lines(written) if one["event"] == "step settled"]
    assert {one["run"] for one in told} == {str(run.pk) for run in runs}


def test_a_run_that_is_taken_from_a_dead_worker_says_from_whom(world: World, written: io.StringIO) -> None:
    (run,) = world.enroll()
    world.ledger.claim([run.pk])
    Worker.objects.filter(no=world.worker.no).update(pid=2**22 - 1, pid_start="1")
    world.worker._lock.release()
    world.clock.advance(seconds=31)

    sweep.sweep()

    (line,) = [one for one in lines(written) if one["event"] == "step taken back"]
    assert line.items() >= {"run": str(run.pk), "from_worker": world.worker.no, "proved_gone": True}.items()
    assert line["state"] == "scheduled"


def test_a_sweep_that_fails_names_the_run(world: World, written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    (run,) = world.enroll()
    world.ledger.claim([run.pk])
    world.worker._lock.release()
    Worker.objects.filter(no=world.worker.no).update(pid=2**22 - 1)
    world.clock.advance(seconds=timedelta(minutes=1).total_seconds())

    def broken(*_: object) -> None:
        raise RuntimeError("the row is odd")

    monkeypatch.setattr(sweep, "_take_back", broken)
    sweep.sweep()

    (line,) = [one for one in lines(written) if "could not be swept" in one["event"]]
    assert line["run"] == str(run.pk)
