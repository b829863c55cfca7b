"""How long a person waits for ``hub --help``, and for ``hub up`` on a database that is there."""

from __future__ import annotations

import statistics

from bench import program
from bench.meter import Meter


def run(units: int) -> None:
    """So many times each; medians."""
    meter = Meter()
    program.seconds("--help")  # writes the bytecode, as an installation has it
    with meter.running():
        helps = [program.seconds("--help") for _ in range(units)]
        ready = [_up() for _ in range(units)]
    meter.report(units, help_ms=statistics.median(helps) * 1000, up_seconds=statistics.median(ready))


def _up() -> float:
    with program.serving("up", "--port", "0", "--no-migrate") as (_, seconds):
        return seconds
