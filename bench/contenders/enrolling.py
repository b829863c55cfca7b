"""Putting contacts on a plan of five steps, from the call until the first steps are durable."""

from __future__ import annotations

from bench import world
from bench.meter import Meter

STEPS = 5


def run(units: int) -> None:
    """So many contacts at once."""
    world.ready()
    outside = world.answered_inside()
    meter = Meter()
    with world.installed(outside):
        plan = world.company(units, STEPS)
        with meter.running():
            world.enroll(plan)
    outside.close()
    meter.report(units)
