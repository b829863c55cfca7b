"""The contenders' rates and costs as one picture: ``build/peers/bin/python -m bench.plot RESULTS.json PICTURE.svg``.

It runs in the peers' environment, for matplotlib is none of the hub's business.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OURS, THEIRS, LIMIT, STORES = "#2f6fdf", "#8a94a6", "#c9ced8", "#f0a35e"
SHOWN = (
    "bare client", "hub, two workers, PostgreSQL + Redis", "hub, PostgreSQL + Redis", "hub, SQLite", "Dramatiq with a row",
    "Huey with a row", "Celery with a row", "PgQueuer with a row", "Procrastinate with a row", "DBOS",
)  # fmt: skip


def main() -> None:
    """Draw it."""
    source, target = sys.argv[1:3]
    told = json.loads(Path(source).read_text())
    found = {one["name"]: one for one in told["results"]}
    draw([found[name] for name in SHOWN if name in found], target)


def draw(results: list[dict[str, Any]], target: str) -> None:
    """Two panels: units a second, and CPU seconds for a thousand units."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.family": "sans-serif", "svg.hashsalt": "hub"})
    from matplotlib import pyplot

    names, colours = [one["name"] for one in results], [_colour(one["name"]) for one in results]
    figure, (rates, costs) = pyplot.subplots(1, 2, figsize=(11, 0.42 * len(results) + 1.4), sharey=True)
    bars = rates.barh(names, [one["rate"] for one in results], color=colours)
    rates.bar_label(bars, fmt="{:,.0f}", padding=3)
    rates.set_title("units a second")
    costs.barh(names, [one["cpu"] for one in results], color=colours, label="contender")
    upper = costs.barh(
        names,
        [one["stores"] for one in results],
        left=[one["cpu"] for one in results],
        color=STORES,
        label="PostgreSQL, Redis",
    )
    costs.bar_label(upper, [f"{one['cpu'] + one['stores']:.2f}" for one in results], padding=3)
    costs.set_title("CPU seconds for 1,000 units")
    costs.legend(loc="upper right", frameon=False)  # the dear ones are at the bottom
    for panel in (rates, costs):
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(x=0.15)
    rates.invert_yaxis()
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def _colour(name: str) -> str:
    return OURS if name.startswith("hub") else LIMIT if name == "bare client" else THEIRS


if __name__ == "__main__":
    main()
