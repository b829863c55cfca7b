"""The hub's steps without HTTP: due, rung for, claimed, gated, intended, settled, noted; the answer is made in the process."""

from __future__ import annotations

import time
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
    """Through the production ticker, workers and ledger, in one process."""
    meter = Meter()
    with world.installed(outside):
        world.enroll(world.company(units))
        from hub.process.ticking import Ticking
        from hub.process.working import Working

        working, ticking = Working(THREADS), Ticking()
        working.start()
        with meter.running():
            ticking.start()
            while not _done():
                time.sleep(LOOK_SECONDS)
        ticking.stop()
        working.stop()
        _see_that_each_is_done(units)
    outside.close()
    meter.report(units)


def _done() -> bool:
    """Plain SQL: the question should cost the contender nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM plans_steprun WHERE closed_at IS NULL LIMIT 1")
        return cursor.fetchone() is None


def _see_that_each_is_done(units: int) -> None:
    from hub.plans.models import StepRun

    done = StepRun.objects.filter(state="done").count()
    if done != units:
        raise SystemExit(f"only {done} of {units} steps are done: the figure would be worth nothing")
