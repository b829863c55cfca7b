"""The health of each process on this machine, as the system tells it: one that is stuck need not say anything itself."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hub.process.metrics import slots
from hub.process.metrics.slots import Slot

Look = Iterator[tuple[str, dict[str, str], float]]

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def processes(folder: Path) -> Look:
    """Who lives, what they use."""
    living = slots.living(folder)
    for part, number in Counter(slot.part for slot in living).items():
        yield "hub_processes", {"part": part}, number
    booted = _booted()
    for slot in living:
        yield from _of(slot, booted)


def _of(slot: Slot, booted: float) -> Look:
    labels, place = {"part": slot.part, "slot": str(slot.number)}, Path(f"/proc/{slot.pid}")
    try:
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        files = len(os.listdir(place / "fd"))
    except OSError:
        return  # it ended while we looked, or this is no Linux
    yield "hub_process_cpu_seconds", labels, (int(fields[11]) + int(fields[12])) / TICK
    yield "hub_process_start_time_seconds", labels, booted + int(fields[19]) / TICK
    yield "hub_process_resident_bytes", labels, int(fields[21]) * PAGE
    yield "hub_process_open_files", labels, files


def _booted() -> float:
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), 0.0)
