"""``python -m bench.paper``: puts the last run's table, goals and picture into ``docs/performance.md``, between its marks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.arena import PEERS

HOUSE = Path(__file__).parents[1]
RESULTS, PAPER, PICTURE = (
    HOUSE / "build/bench/results.json",
    HOUSE / "docs/performance.md",
    HOUSE / "docs/performance.svg",
)
BEGIN, END = "<!-- figures: python -m bench.paper -->", "<!-- end of figures -->"


def main() -> None:
    """Write it."""
    told = json.loads(RESULTS.read_text())
    head, _, rest = PAPER.read_text().partition(BEGIN)
    tail = rest.partition(END)[2]
    PAPER.write_text(f"{head}{BEGIN}\n{figures(told)}\n{END}{tail}")
    subprocess.run([str(PEERS), "-m", "bench.plot", str(RESULTS), str(PICTURE)], check=True, cwd=HOUSE)


def figures(told: Mapping[str, Any]) -> str:
    """Machine, goals, table."""
    machine = told["machine"]
    on = f"{machine['cores']} cores, {machine.get('processor', 'unknown processor')}, Python {machine['python']}"
    return "\n\n".join(
        [f"Machine: {on}. Date: {machine.get('date', 'unknown')}.", goals(told["goals"]), table(told["results"])]
    )


def goals(lines: Sequence[str]) -> str:
    """A row a goal."""
    rows = [_goal(line) for line in lines]
    return "\n".join(["| goal | this run | |", "| --- | --- | --- |", *rows])


def _goal(line: str) -> str:
    what, rest = line.rsplit(": ", 2)[0], line.rsplit(": ", 2)[1:]
    figure, said = rest
    return f"| {what} | {figure} | {said} |"


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a contender."""
    head = "| contender | units | rounds | units/s | CPU s / 1,000 | stores' | besides |"
    return "\n".join([head, "| --- | --: | --: | --: | --: | --: | --- |", *(_row(one) for one in results)])


def _row(one: Mapping[str, Any]) -> str:
    more = ", ".join(f"{name} {value:,.3g}" for name, value in one["more"].items())
    numbers = f"{one['units']:,} | {one['rounds']} | {one['rate']:,.0f} | {one['cpu']:.2f} | {one['stores']:.2f}"
    return f"| {one['name']} | {numbers} | {more} |"


if __name__ == "__main__":
    main()
