"""The hub's steps without HTTP: due, rung for, claimed, gated, intended, settled, noted; the answer is made in the process."""

from __future__ import annotations

import time
from typing import Any

from bench import world
from bench.meter import Meter

THREADS = 4
LOOK_SECONDS = 0.02


def run(units: int) -> None:
    """So many steps."""
    world.ready()
    measure(units, world.answered_inside())


def measure(units: int, outside: Any) -> None:
    """Through the production bell, workers and ledger, in one process."""
    meter = Meter()
    with world.installed(outside):
        world.enroll(world.company(units))
        from hub.engine import actors
        from hub.engine.due import Bell
        from hub.process.working import Working

        working, bell = Working(THREADS), Bell(actors.send)
        working.start()
        with meter.running():
            while not _done():
                bell.ring()
                time.sleep(LOOK_SECONDS)
        working.stop()
        _see_that_each_is_done(units)
    outside.close()
    meter.report(units)


def _done() -> bool:
    from hub.plans.models import StepRun

    return not StepRun.objects.filter(closed_at__isnull=True).exists()


def _see_that_each_is_done(units: int) -> None:
    from hub.plans.models import StepRun

    done = StepRun.objects.filter(state="done").count()
    if done != units:
        raise SystemExit(f"only {done} of {units} steps are done: the figure would be worth nothing")
