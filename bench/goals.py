"""The goals that this bench measures, each with its number, and what the run says of it: *met*, or *short by* how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.results import Result

Results = Mapping[str, Result]


@dataclass(frozen=True)
class Goal:
    """One goal.

    Attributes:
        at_least: whether more is better; else less is.
        figure: the number of this run.
    """

    what: str
    goal: float
    unit: str
    figure: Callable[[Results], float]
    at_least: bool = True

    def verdict(self, results: Results) -> str:
        """``met`` or ``short by …``, with both numbers."""
        figure = self.figure(results)
        sign = "≥" if self.at_least else "≤"
        said = "met" if self._met(figure) else f"short by {self._gap(figure):.0%}"
        return f"{self.what}: {figure:,.3g}{self.unit} (goal {sign} {self.goal:,g}{self.unit}): {said}"

    def _met(self, figure: float) -> bool:
        return figure >= self.goal if self.at_least else figure <= self.goal

    def _gap(self, figure: float) -> float:
        return 1 - figure / self.goal if self.at_least else figure / self.goal - 1


def _rate(name: str) -> Callable[[Results], float]:
    return lambda results: results[name].rate


def _ratio(name: str, other: str) -> Callable[[Results], float]:
    return lambda results: results[name].rate / results[other].rate


def _due_spread(results: Results) -> float:
    few, many = (results[name].more["median_ms"] for name in ("due among 1,000", "due among 1,000,000"))
    return (many / few - 1) * 100


GOALS = (
    Goal("whole protocol beside Dramatiq with a row", 5, " ×", _ratio("hub, PostgreSQL + Redis", "Dramatiq with a row")),
    Goal("whole protocol beside Celery with a row", 10, " ×", _ratio("hub, PostgreSQL + Redis", "Celery with a row")),
    Goal("whole protocol beside DBOS", 15, " ×", _ratio("hub, PostgreSQL + Redis", "DBOS")),
    Goal("engine without HTTP, PostgreSQL", 10_000, " steps/s", _rate("engine, PostgreSQL")),
    Goal("engine without HTTP, SQLite", 15_000, " steps/s", _rate("engine, SQLite")),
    Goal("engine without HTTP, PostgreSQL, CPU s per 1000", 0.15, "", lambda r: r["engine, PostgreSQL"].cpu, at_least=False),
    Goal("share of the bare client's rate", 0.75, "", _ratio("hub, PostgreSQL + Redis", "bare client")),
    Goal("embedded on SQLite beside scaled out", 0.8, "", _ratio("hub, SQLite", "hub, PostgreSQL + Redis")),
    Goal("enrol 100,000 on PostgreSQL", 0.6, " s", lambda r: r["enrol, PostgreSQL"].seconds, at_least=False),
    Goal("enrol 100,000 on SQLite", 0.6, " s", lambda r: r["enrol, SQLite"].seconds, at_least=False),
    Goal("due query, 1,000,000 beside 1,000 waiting", 10, " % slower", _due_spread, at_least=False),
)  # fmt: skip


def verdicts(results: Results) -> list[str]:
    """A line for each goal whose contenders all took part."""
    lines = []
    for goal in GOALS:
        try:
            lines.append(goal.verdict(results))
        except KeyError:
            continue  # a run with --only
    return lines
