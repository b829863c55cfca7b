"""The hub's whole protocol against the loopback vendor, one worker process."""

from __future__ import annotations

from bench import world
from bench.contenders import hub_engine


def run(units: int) -> None:
    """So many steps."""
    world.ready()
    hub_engine.measure(units, world.over_http())
