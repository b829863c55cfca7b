"""The hub's steps without HTTP: due, rung for, claimed, gated, intended, settled, noted; the answer is made in the process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from bench import world
from bench.meter import Meter

THREADS = 8
LOOK_SECONDS = 0.05


def run(units: int) -> None:
    """So many steps."""
    world.ready()
    measure(units, world.answered_inside())


def measure(units: int, outside: Any) -> None:
    """Carry them out, and report."""
    meter = Meter()
    carry_out(units, outside, meter)
    meter.report(units)


def carry_out(units: int, outside: Any, meter: Meter) -> None:
    """Through the production ticker, workers and ledger, in one process."""
    with world.installed(outside):
        world.enroll(world.company(units))
        with at_work(meter.running()):
            wait_until_done()
        see_that_each_is_done(units)
    outside.close()


@contextmanager
def at_work(measured: AbstractContextManager[object] | None = None) -> Iterator[None]:
    """Workers and a ticker in this process. What is measured begins when the workers stand ready."""
    from hub.process.ticking import Ticking
    from hub.process.working import Working

    working, ticking = Working(THREADS), Ticking()
    working.start()
    with measured or nullcontext():
        ticking.start()
        yield
    ticking.stop()
    working.stop()


def wait_until_done() -> None:
    """Until no step is open. Plain SQL: the question should cost the contender nothing."""
    while _one_is_open():
        time.sleep(LOOK_SECONDS)


def _one_is_open() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM plans_steprun WHERE closed_at IS NULL LIMIT 1")
        return cursor.fetchone() is not None


def see_that_each_is_done(units: int) -> None:
    """Or end: a figure for work that was not done would be worth nothing."""
    from hub.plans.models import StepRun

    done = StepRun.objects.filter(state="done").count()
    if done != units:
        raise SystemExit(f"only {done} of {units} steps are done: the figure would be worth nothing")
