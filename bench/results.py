"""What the turns came to: medians over the rounds, and the table a person reads."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """One contender's medians.

    Attributes:
        rate: units a second.
        cpu: CPU seconds per 1000 units of the contender's processes.
        stores: the same of PostgreSQL and Redis.
        more: what the contender measured besides.
    """

    name: str
    units: int
    rounds: int
    seconds: float
    rate: float
    cpu: float
    stores: float
    more: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def median(name: str, lines: Sequence[Mapping[str, Any]]) -> Result:
    """Of the lines of all rounds."""
    units = int(lines[0]["units"])
    middle = {key: statistics.median(float(line[key]) for line in lines) for key in lines[0]}
    known = {"units", "seconds", "cpu", "stores"}
    return Result(
        name, units, len(lines), middle["seconds"], units / middle["seconds"], middle["cpu"] * 1000 / units,
        middle["stores"] * 1000 / units, {key: value for key, value in middle.items() if key not in known},
    )  # fmt: skip


def table(results: Iterable[Result]) -> str:
    """Lines for a person."""
    head = f"{'':<34}{'units':>9}{'seconds':>10}{'units/s':>10}{'CPU s/1000':>12}{'stores':>9}"
    return "\n".join([head, *(_line(result) for result in results)])


def _line(one: Result) -> str:
    more = "".join(f"   {key} {value:.3g}" for key, value in one.more.items())
    return (
        f"{one.name:<34}{one.units:>9,}{one.seconds:>10.2f}{one.rate:>10,.0f}{one.cpu:>12.2f}{one.stores:>9.2f}{more}"
    )
