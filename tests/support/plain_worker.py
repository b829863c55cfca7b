"""A worker in a process of its own, for tests that kill it: sweeps, releases, dispatches and looks up until nothing is left.

``python -m tests.support.plain_worker <vendor url>`` with the database and ``HUB_CLOCK_FILE`` in the environment. It moves that
clock forward whenever nothing is due now, so that minutes of waiting take no time.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")

LONGEST = 400
"""Passes before it gives up: a test that never ends is a test that fails."""


def main(vendor_url: str) -> None:
    """Work until every run is closed or waits for a person."""
    import django

    django.setup()

    import hub.steps
    from hub.addons import catalog, installed
    from hub.core import registry
    from hub.core.egress import Egress
    from hub.dispatch.outside import Outside
    from tests.support import fourclasses

    found = registry.from_objects([fourclasses.addon, hub.steps.addon])
    host = vendor_url.removeprefix("http://")
    with (
        installed.use(found),
        installed.use_outside(Outside(Egress.of([host]), {"classes": vendor_url})),
    ):
        catalog.sync(found)
        _work()


def _work() -> None:
    from hub.db import clock
    from hub.dispatch.batch import dispatch
    from hub.engine import due, release, runtime, sweep
    from hub.engine.actors import check_steps

    current = runtime.current()
    for _ in range(LONGEST):
        sweep.sweep()
        release.sweep()
        now = clock.now()
        steps, checks = due.due_steps(now, 500), due.due_checks(now, 500)
        bell = due.Bell(lambda what, ids: None)
        bell.ring()
        if steps:
            dispatch(steps, current.ledger, current.runner)
        elif checks:
            check_steps.fn([str(id_) for id_ in checks])
        elif not _move_on(now):
            break
    runtime.close()


def _move_on(now: datetime) -> bool:
    """Move the clock to the next thing that will come due. False when there is none."""
    from hub.plans.models import StepRun

    waiting = StepRun.objects.exclude(state__in=["done", "failed", "cancelled", "skipped", "review", "held"])
    moments = [m for row in waiting.values_list("due_at", "next_check_at", "lease_until") for m in row if m and m > now]
    if not waiting.exists():
        return False
    path = Path(os.environ["HUB_CLOCK_FILE"])
    before = float(path.read_text() or 0)
    ahead = (min(moments, default=now + timedelta(seconds=5)) - now).total_seconds() + 0.01
    path.write_text(str(before + ahead))
    return True


if __name__ == "__main__":
    main(sys.argv[1])
