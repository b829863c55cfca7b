"""The hub's whole protocol against the loopback vendor, scaled out: two worker processes, as the peers have, and a ticker."""

from __future__ import annotations

from bench import workers, world
from bench.contenders import hub_engine
from bench.meter import Meter

PROCESSES = 2


def run(units: int) -> None:
    """So many steps."""
    world.ready()
    meter = Meter()
    outside = world.over_http()
    with world.installed(outside):
        plan = world.company(units)
        from hub.process.ticking import Ticking

        ticking = Ticking()
        with workers.running(PROCESSES) as pids:
            world.enroll(plan)
            with meter.running(*pids):
                ticking.start()
                hub_engine.wait_until_done()
            ticking.stop()
        hub_engine.see_that_each_is_done(units)
    outside.close()
    meter.report(units)
