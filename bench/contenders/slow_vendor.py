"""A vendor who takes 200 ms for each call, a thousand steps due at once, one worker process: how full are the places it has?"""

from __future__ import annotations

import resource

from bench import vendor, world
from bench.contenders import hub_engine
from bench.meter import Meter


def run(units: int) -> None:
    """So many steps; ``places_used`` is the share of (places ÷ latency) that was reached, ``mib`` the process's memory."""
    world.ready()
    from hub.dispatch.lanes import LANE_PLACES

    outside, meter = world.over_http(vendor.SLOW), Meter()
    hub_engine.carry_out(units, outside, meter)
    most = LANE_PLACES / vendor.SLOW_SECONDS
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    meter.report(units, places_used=units / meter.seconds / most, mib=mib)
