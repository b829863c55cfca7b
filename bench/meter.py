"""What a piece of work costs: seconds on the wall, and CPU seconds of us, our children and the stores."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
STORES = "BENCH_STORE_PIDS"
"""The stores' process ids, comma list; their children are counted, too."""


class Meter:
    """Measures the block of :meth:`running`, then :meth:`report` prints the turn's line."""

    def __init__(self) -> None:
        self.seconds = self.cpu = self.stores = 0.0

    @contextmanager
    def running(self, *workers: int) -> Iterator[None]:
        """Measure. ``workers`` are ids of processes that do the work for us and already run."""
        stores, own, began = _stores(), _own() + _of(workers), time.perf_counter()
        yield
        self.seconds = time.perf_counter() - began
        self.cpu, self.stores = _own() + _of(workers) - own, _stores() - stores

    def report(self, units: int, **more: float) -> None:
        """One line of JSON."""
        print(json.dumps({"units": units, "seconds": self.seconds, "cpu": self.cpu, "stores": self.stores, **more}))


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _stores() -> float:
    return _of(int(pid) for pid in os.environ.get(STORES, "").split(",") if pid)


def _of(pids: object) -> float:
    """CPU seconds of processes and all beneath them, those that have ended included."""
    times = {pid: (parent, used) for pid, parent, used in _processes()}
    wanted = set(pids)  # type: ignore[call-overload]
    while more := {pid for pid, (parent, _) in times.items() if parent in wanted} - wanted:
        wanted |= more
    return float(sum(times[pid][1] for pid in wanted if pid in times))


def _processes() -> Iterator[tuple[int, int, float]]:
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        yield int(place.parent.name), int(fields[1]), sum(map(int, fields[11:15])) / TICK
