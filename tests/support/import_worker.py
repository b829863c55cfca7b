"""Workers that import from the gym in processes of their own, each ended by SIGKILL at a moment that was drawn, or at none.

As :mod:`tests.support.plain_worker`: one process loads everything and divides, so that a worker costs no start. A moment is a
statement about to be sent to the database, or just answered; or a commit that is about to be asked for, or just made. A worker
that was given moment 7 is gone at the seventh.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")

ROOT = Path(__file__).parents[2]
LONGEST = 200
"""Rounds before a worker gives up: a test that never ends is a test that fails."""


class Workers:
    """Where workers come from. Use it as a context.

    Args:
        environment: of all of them; it names the database and the clock's file.
        log: where they write what went wrong.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.import_worker"], env=dict(environment), cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def run(self, **asked: Any) -> int:
        """One worker, from its birth to its end; gives its exit code, -9 where it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
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

    import dramatiq
    from dramatiq.brokers.stub import StubBroker

    dramatiq.set_broker(StubBroker())
    import hub.imports.actors  # noqa: F401
    from tests.imports.vendor import gym  # noqa: F401

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


class Fate:
    """Counts moments, and ends the process at the one that was drawn; 0 is none."""

    def __init__(self, dies_at: int) -> None:
        self.moments, self._dies_at = 0, dies_at

    def moment(self) -> None:
        self.moments += 1
        if self.moments == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, *given: Any) -> Any:
        """Round every statement."""
        self.moment()
        answer = execute(*given)
        self.moment()
        return answer

    def commit(self, commit: Any) -> Any:
        """Round a commit."""

        def committed() -> None:
            self.moment()
            commit()
            self.moment()

        return committed


def _live(vendor: str, import_id: int, plan_id: int, dies_at: int, moments: str = "") -> None:
    """In the worker: do what the sweep would ring for, until the import is over."""
    from django.db import connection

    from hub.addons import installed
    from hub.core import registry
    from hub.core.egress import Egress
    from hub.dispatch.outside import Outside
    from hub.imports.vendor import pages
    from tests.imports.vendor import gym

    pages.reading.of = lambda account_id, addon: gym.Tables(  # type: ignore[assignment]
        {"guest": gym.Spot(plan_ids=(plan_id,), mapped=True)}
    )
    found, fate = registry.from_objects({"gym": gym.addon, "desk": gym.notes}), Fate(dies_at)
    outside = Outside(Egress.of([vendor.removeprefix("http://")]), {"gym": vendor})
    connection.ensure_connection()
    connection.commit = fate.commit(connection.commit)  # type: ignore[method-assign]
    with installed.use(found), installed.use_outside(outside), connection.execute_wrapper(fate.statement):
        _until_it_is_over(import_id)
    if moments:
        Path(moments).write_text(str(fate.moments))


def _until_it_is_over(import_id: int) -> None:
    from hub.db import clock
    from hub.imports import actors, reads
    from hub.imports.models import WORKING, Import

    rung: list[tuple[int, int]] = []
    actors.run_turn.send = lambda *ids: rung.append(ids)  # type: ignore[assignment, method-assign]
    for _ in range(LONGEST):
        if Import.objects.get(pk=import_id).state not in WORKING:
            return
        rung += [ids for ids in reads.stuck(clock.now(), Import.Kind.VENDOR) if ids[0] == import_id and not rung]
        if not rung:
            raise RuntimeError("nobody rings for it")
        actors.run_turn.fn(*rung.pop(0))
    raise RuntimeError("it never ends")


if __name__ == "__main__":
    main()
