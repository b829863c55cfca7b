"""Lone steps on an idle hub: from the moment a step is due to the moment its request is heard by the vendor.

The steps are put some tenths of a second apart, so that none meets another; the vendor notes when it hears each. Both clocks are
this machine's.
"""

from __future__ import annotations

import json
import os
import statistics
import urllib.request
from contextlib import nullcontext
from datetime import timedelta

from bench import workers, world
from bench.contenders import hub_engine
from bench.meter import Meter

APART = timedelta(milliseconds=170)
FIRST = timedelta(seconds=3)
"""By then the workers are warm and the ticker has looked."""

WARM = 10
"""The first ones open connections and are not counted."""


def run(units: int) -> None:
    """So many, one after the other. Scaled out where there is a Redis, else in this one process."""
    world.ready()
    from django.conf import settings

    outside, meter = world.over_http(), Meter()
    with world.installed(outside):
        world.enroll(world.company(units + WARM))
        due = _set_apart()
        with workers.running(1) if settings.HUB_REDIS_URL else _here():
            from hub.process.ticking import Ticking

            ticking = Ticking()
            ticking.start()
            with meter.running():
                hub_engine.wait_until_done()
            ticking.stop()
        late = sorted(_milliseconds(due))
    outside.close()
    meter.report(units, p50_ms=statistics.median(late), p95_ms=late[int(len(late) * 0.95)], worst_ms=late[-1])


def _here() -> nullcontext[None]:
    from hub.process.working import Working

    working = Working()
    working.start()
    return nullcontext()


def _set_apart() -> dict[str, float]:
    """Give each step a due time of its own; returns reference → seconds since the epoch."""
    from hub.db import clock, installation
    from hub.engine import reference
    from hub.plans.models import StepRun

    at, due = clock.now() + FIRST, {}
    for number, run_ in enumerate(StepRun.objects.all()):
        run_.due_at = at + number * APART
        run_.save(update_fields=["due_at"])
        if number >= WARM:
            due[reference.of(installation.ref(), run_.pk, run_.epoch)] = run_.due_at.timestamp()
    return due


def _milliseconds(due: dict[str, float]) -> list[float]:
    with urllib.request.urlopen(f"{os.environ[world.VENDOR]}/heard") as answer:
        heard = json.load(answer)
    return [(heard[ref] - at) * 1000 for ref, at in due.items()]
