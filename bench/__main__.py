"""``python -m bench``: the contenders take turns, round after round; medians, goals, and ``build/bench/results.json``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench import goals, results
from bench.arena import Arena, Failed

OUT = Path(__file__).parents[1] / "build" / "bench" / "results.json"


@dataclass(frozen=True)
class Entry:
    """A contender on one way to run.

    Attributes:
        rounds: its turns, where they are fewer than the others'.
        long: takes minutes to set up, and is left out unless asked for.
    """

    name: str
    module: str
    units: int
    database: str = "postgres"
    redis: bool = False
    rounds: int | None = None
    long: bool = False


ENTRIES = (
    Entry("engine, PostgreSQL", "contenders.hub_engine", 5_000),
    Entry("engine, SQLite", "contenders.hub_engine", 5_000, "sqlite"),
    Entry("hub, two workers, PostgreSQL + Redis", "contenders.hub_scaled", 2_000, redis=True),
    Entry("hub, PostgreSQL + Redis", "contenders.hub_http", 2_000, redis=True),
    Entry("hub, SQLite", "contenders.hub_http", 2_000, "sqlite"),
    Entry("bare client", "contenders.bare_client", 2_000),
    Entry("Dramatiq with a row", "peers.dramatiq_row", 2_000, redis=True),
    Entry("Huey with a row", "peers.huey_row", 2_000, redis=True),
    Entry("PgQueuer with a row", "peers.pgqueuer_row", 2_000),
    Entry("Celery with a row", "peers.celery_row", 1_000, redis=True),
    Entry("Procrastinate with a row", "peers.procrastinate_row", 1_000),
    Entry("DBOS", "peers.dbos_row", 500),
    Entry("slow vendor, SQLite", "contenders.slow_vendor", 1_000, "sqlite"),
    Entry("lone steps, PostgreSQL + Redis", "contenders.lone_steps", 100, redis=True),
    Entry("lone steps, SQLite", "contenders.lone_steps", 100, "sqlite"),
    Entry("enrol, PostgreSQL", "contenders.enrolling", 100_000),
    Entry("enrol, SQLite", "contenders.enrolling", 100_000, "sqlite"),
    Entry("import, SQLite", "contenders.importing", 100_000, "sqlite", rounds=1),
    Entry("import, PostgreSQL", "contenders.importing", 100_000, rounds=1),
    Entry("vendor import, SQLite", "contenders.vendor_import", 100_000, "sqlite", rounds=1),
    Entry("vendor import, PostgreSQL", "contenders.vendor_import", 100_000, rounds=1),
    Entry("pages, SQLite", "contenders.pages", 100_000, "sqlite", rounds=1),
    Entry("pages, PostgreSQL", "contenders.pages", 100_000, redis=True, rounds=1),
    Entry("archive, SQLite", "contenders.archiving", 50_000, "sqlite", rounds=1),
    Entry("archive, PostgreSQL", "contenders.archiving", 50_000, rounds=1),
    Entry("starting, SQLite", "contenders.starting", 5, "sqlite", rounds=1),
    Entry("soak, SQLite", "contenders.soak", 50_000, "sqlite", rounds=1),
    Entry("due among 1,000", "contenders.due_query", 1_000, rounds=1),
    Entry("due among 1,000,000", "contenders.due_query", 1_000_000, rounds=1),
    Entry("due among 10,000,000", "contenders.due_query", 10_000_000, rounds=1, long=True),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, tell, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed, beside a peer, in one run.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender (default 3)")
    parser.add_argument("--only", default="", help="only contenders with this in their name")
    parser.add_argument("--share", type=float, default=1.0, help="this share of the units, for a quick look")
    parser.add_argument(
        "--long", action="store_true", help="also what takes minutes to set up (ten million waiting steps)"
    )
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the arena takes its servers with it
    chosen = [e for e in ENTRIES if given.only.lower() in e.name.lower() and (given.long or not e.long)]
    found = _medians(_play(chosen, given.rounds, given.share))
    lines = goals.verdicts({one.name: one for one in found})
    print("\n" + results.table(found) + "\n\n" + "\n".join(lines))
    _keep(found, lines)
    return 0


def _play(entries: Sequence[Entry], rounds: int, share: float) -> dict[str, list[dict[str, Any]]]:
    """Everybody's turns, interleaved; without those that do not come to their end."""
    played: dict[str, list[dict[str, Any]]] = {}
    failed: set[str] = set()
    with Arena() as arena:
        for round_ in range(rounds):
            for entry in entries:
                if round_ >= min(entry.rounds or rounds, rounds) or entry.name in failed:
                    continue
                line = _turn(arena, entry, max(1, int(entry.units * share)), f"round {round_ + 1}")
                if line is None:
                    failed.add(entry.name)
                else:
                    played.setdefault(entry.name, []).append(line)
    return {name: lines for name, lines in played.items() if name not in failed}


def _turn(arena: Arena, entry: Entry, units: int, when: str) -> dict[str, Any] | None:
    """One turn, told of. None: a peer did not come to its end, which is its own matter; we ourselves must."""
    try:
        line = arena.turn(entry.module, units, database=entry.database, redis=entry.redis)
    except Failed as failure:
        if not entry.module.startswith("peers."):
            raise SystemExit(str(failure)) from None
        print(f"{when}: {failure}", flush=True)
        return None
    print(f"{when}: {entry.name}: {units / line['seconds']:,.0f} a second", flush=True)
    return line


def _medians(played: dict[str, list[dict[str, Any]]]) -> list[results.Result]:
    return [results.median(name, lines) for name, lines in played.items()]


def _keep(found: Sequence[results.Result], lines: Sequence[str]) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "cores": os.cpu_count(), "processor": _processor(), "python": platform.python_version(), "load": os.getloadavg()[0],
        "date": date.today().isoformat(),
    }  # fmt: skip
    told = {"machine": machine, "results": [one.to_json() for one in found], "goals": list(lines)}
    OUT.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    print(f"\nkept in {OUT.relative_to(OUT.parents[2])}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    raise SystemExit(main())
