"""The hub scaled out, for one turn: worker processes that know the bench's add-on, and the ticker here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PLACE = "BENCH_PLACE"
"""What is put between the vendor's address and the endpoint: ``/slow`` is a vendor who takes his time."""


def main() -> None:
    """One worker, until it is told to stop. Its first line says that it is ready."""
    import signal
    import threading

    from bench import world

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    world.ready()
    outside = world.over_http(os.environ.get(PLACE, ""))
    with world.installed(outside):
        from hub.process.working import Working

        working = Working()
        working.start()
        print("ready", flush=True)
        stop.wait()
        working.stop()
    outside.close()


@contextmanager
def running(processes: int) -> Iterator[list[int]]:
    """So many workers, ready; yields their ids."""
    command = [sys.executable, "-m", "bench.workers"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    try:
        for one in started:
            if one.stdout is None or one.stdout.readline().strip() != "ready":
                raise SystemExit("a worker of the bench did not come up")
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


if __name__ == "__main__":
    main()
