"""Many steps, one after the other batch: does the process grow?"""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench import world
from bench.contenders import hub_engine
from bench.meter import Meter

PORTION = 5_000


def run(units: int) -> None:
    """So many steps in portions; ``first_mib`` and ``last_mib`` are the memory after the second portion and at the end."""
    world.ready()
    outside, meter, seen = world.over_http(), Meter(), list[float]()
    with world.installed(outside), hub_engine.at_work():
        plan = world.company(PORTION)
        with meter.running():
            for _ in range(max(3, units // PORTION)):
                _again(plan)
                seen.append(_mib())
    outside.close()
    meter.report(PORTION * len(seen), first_mib=seen[1], last_mib=seen[-1])


def _again(plan: object) -> None:
    """Everybody once more; what was done before is put aside, so that the database stays as large as it is."""
    from hub.engine.models import Attempt
    from hub.plans.models import Enrollment, StepRun

    Attempt.objects.all().delete()
    StepRun.objects.all().delete()
    Enrollment.objects.all().delete()
    world.enroll(plan)
    time.sleep(0.1)
    hub_engine.wait_until_done()


def _mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
