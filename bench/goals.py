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


def _more(name: str, key: str) -> Callable[[Results], float]:
    return lambda results: results[name].more[key]


def _slower(key: str, many: str, than: str = "") -> Callable[[Results], float]:
    """By how many percent a question is slower than the same one (or the one called ``than``) among a thousand."""
    return lambda results: (results[many].more[key] / results["due among 1,000"].more[than or key] - 1) * 100


def _grown(results: Results) -> float:
    more = results["soak, SQLite"].more
    return more["last_mib"] - more["first_mib"]


HUB = "hub, two workers, PostgreSQL + Redis"
EMBEDDED, MILLION, TEN_MILLION = "hub, SQLite", "due among 1,000,000", "due among 10,000,000"

GOALS = (
    Goal("whole protocol beside Dramatiq with a row", 5, " ×", _ratio(HUB, "Dramatiq with a row")),
    Goal("whole protocol beside Celery with a row", 10, " ×", _ratio(HUB, "Celery with a row")),
    Goal("whole protocol beside DBOS", 15, " ×", _ratio(HUB, "DBOS")),
    Goal("whole protocol beside n8n's published 45 a second", 50, " ×", lambda r: r[HUB].rate / 45),
    Goal("engine without HTTP, PostgreSQL", 10_000, " steps/s", _rate("engine, PostgreSQL")),
    Goal("engine without HTTP, SQLite", 15_000, " steps/s", _rate("engine, SQLite")),
    Goal("engine without HTTP, PostgreSQL, CPU s per 1000", 0.15, "", lambda r: r["engine, PostgreSQL"].cpu, at_least=False),
    Goal("engine without HTTP, SQLite, CPU s per 1000", 0.15, "", lambda r: r["engine, SQLite"].cpu, at_least=False),
    Goal("share of the bare client's rate", 0.75, "", _ratio(HUB, "bare client")),
    Goal("embedded on SQLite beside scaled out", 0.8, "", _ratio(EMBEDDED, HUB)),
    Goal("places used with a vendor of 200 ms", 0.9, "", _more("slow vendor, SQLite", "places_used")),
    Goal("memory with a vendor of 200 ms", 200, " MiB", _more("slow vendor, SQLite", "mib"), at_least=False),
    Goal("lone step, PostgreSQL + Redis, p50", 20, " ms", _more("lone steps, PostgreSQL + Redis", "p50_ms"), at_least=False),
    Goal("lone step, PostgreSQL + Redis, p95", 80, " ms", _more("lone steps, PostgreSQL + Redis", "p95_ms"), at_least=False),
    Goal("lone step, SQLite, p50", 20, " ms", _more("lone steps, SQLite", "p50_ms"), at_least=False),
    Goal("lone step, SQLite, p95", 80, " ms", _more("lone steps, SQLite", "p95_ms"), at_least=False),
    Goal("due query, 1,000,000 beside 1,000 waiting", 10, " % slower", _slower("median_ms", MILLION), at_least=False),
    Goal("due query after churn, 1,000,000", 10, " % slower", _slower("churned_ms", MILLION, "median_ms"), at_least=False),
    Goal("due query, 10,000,000 beside 1,000 waiting", 10, " % slower", _slower("median_ms", TEN_MILLION), at_least=False),
    Goal("claiming fifty, 1,000,000 beside 1,000 waiting", 10, " % slower", _slower("claim_ms", MILLION), at_least=False),
    Goal("claiming fifty, 10,000,000 beside 1,000 waiting", 10, " % slower", _slower("claim_ms", TEN_MILLION), at_least=False),
    Goal("enrol 100,000 on PostgreSQL", 0.6, " s", lambda r: r["enrol, PostgreSQL"].seconds, at_least=False),
    Goal("enrol 100,000 on SQLite", 0.6, " s", lambda r: r["enrol, SQLite"].seconds, at_least=False),
    Goal("import of 100,000, SQLite", 5_000, " rows/s", _rate("import, SQLite")),
    Goal("import of 100,000, PostgreSQL", 5_000, " rows/s", _rate("import, PostgreSQL")),
    Goal("memory grown over the import, SQLite", 10, " MiB", _more("import, SQLite", "grown_mib"), at_least=False),
    Goal("memory grown over the import, PostgreSQL", 10, " MiB", _more("import, PostgreSQL", "grown_mib"), at_least=False),
    Goal("vendor import of 100,000, SQLite", 5_000, " records/s", _rate("vendor import, SQLite")),
    Goal("vendor import of 100,000, PostgreSQL", 5_000, " records/s", _rate("vendor import, PostgreSQL")),
    Goal("memory over a vendor import, SQLite", 10, " MiB", _more("vendor import, SQLite", "grown_mib"), at_least=False),
    Goal("memory over a vendor import, PostgreSQL", 10, " MiB", _more("vendor import, PostgreSQL", "grown_mib"), at_least=False),
    Goal("pages with 100,000 contacts, SQLite, p95", 50, " ms", _more("pages, SQLite", "p95_ms"), at_least=False),
    Goal("pages with 100,000 contacts, PostgreSQL, p95", 50, " ms", _more("pages, PostgreSQL", "p95_ms"), at_least=False),
    Goal("hub --help", 150, " ms", _more("starting, SQLite", "help_ms"), at_least=False),
    Goal("hub up, ready", 2, " s", _more("starting, SQLite", "up_seconds"), at_least=False),
    Goal("memory grown over the soak", 10, " MiB", _grown, at_least=False),
)  # fmt: skip


def verdicts(results: Results) -> list[str]:
    """A line for each goal; one whose contenders did not all take part says so."""
    return [_verdict(goal, results) for goal in GOALS]


def _verdict(goal: Goal, results: Results) -> str:
    try:
        return goal.verdict(results)
    except KeyError as absent:
        return f"{goal.what}: not measured: {absent.args[0]} took no part"
