"""Workers in processes of their own, for tests that kill them: each sweeps, releases, dispatches, looks up till nothing is left.

Starting Python and Django costs a second, and a fault test needs three workers. So :class:`Workers` starts one process that loads
everything and then divides: every worker is a fork of it, a process with its own id, its own connections and its own death. It
moves the clock file forward whenever nothing is due now, so that minutes of waiting take no time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")

ROOT = Path(__file__).parents[2]


class Workers:
    """Where workers come from. Use it as a context.

    Args:
        environment: of all of them; it names the database.
        log: where they write what went wrong.
        module: the program that divides; one that changes something first and then calls :func:`main` will do.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, module: str = "tests.support.plain_worker") -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module], env=dict(environment), cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def run(self, vendor_url: str, clock: Path, point: str = "") -> int:
        """One worker, from its birth to its end or to its death at the point; gives its exit code."""
        self.begin(vendor_url, clock, point)
        return self.ended()

    def begin(self, vendor_url: str, clock: Path, point: str = "") -> None:
        """Let one be born, and do not wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"vendor": vendor_url, "clock": str(clock), "point": point}) + "\n")
        self._process.stdin.flush()

    def ended(self) -> int:
        """Wait for the end of the one that was begun; gives its exit code."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the workers' own process has ended\n{self.tail()}"
        return int(line)

    def tail(self) -> str:
        """What went wrong last."""
        return self._log.read_text()[-3000:]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input is its end


def main() -> None:
    """Load everything that every worker needs, open nothing, and divide on request."""
    import django

    django.setup()

    import hub.engine.actors
    import hub.steps  # noqa: F401
    from tests.support import fourclasses  # noqa: F401

    for line in sys.stdin:
        sys.stdout.write(f"{_forked(json.loads(line))}\n")
        sys.stdout.flush()


def _forked(asked: Mapping[str, Any]) -> int:
    worker = os.fork()
    if worker:
        return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    code = 1
    try:
        _live(**asked)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _live(vendor: str, clock: str, point: str) -> None:
    """In the worker: take the place and the time of death from the environment, as any process of the hub does."""
    from importlib import reload

    from django.conf import settings

    from hub.dispatch import crash

    os.environ |= {"HUB_CRASH_POINT": point, "HUB_CLOCK_FILE": clock}
    settings.HUB_CLOCK_FILE = Path(clock)
    reload(crash)
    _until_nothing_is_left(vendor)


LONGEST = 400
"""Passes before it gives up: a test that never ends is a test that fails."""


def _until_nothing_is_left(vendor_url: str) -> None:
    """Work until every run is closed or waits for a person."""
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
    from django.db import close_old_connections

    from hub.db import clock
    from hub.dispatch import crash
    from hub.dispatch.batch import dispatch
    from hub.engine import due, release, runtime, sweep
    from hub.engine.guards import probing

    current = runtime.current()
    for _ in range(LONGEST):
        close_old_connections()  # as everybody does who lives long: the server may have hung up
        sweep.sweep()
        probing.sweep()
        release.sweep()
        now = clock.now()
        steps, checks = due.due_steps(now, 500), due.due_checks(now, 500)
        bell = due.Bell(lambda what, ids: None)
        bell.ring()
        if steps:
            dispatch(steps, current.ledger, current.runner)
        elif checks:
            crash.point("before_reconcile")
            current.runner.check(current.ledger.claim_checks(checks))
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
    main()
