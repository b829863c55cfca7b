"""A vendor's simulator that takes its time between acting and answering, as vendors do::

    python -m hub.cli.demo.vendor ADDON --ledger FILE [--port N] [--delay SECONDS] [--crowd MANY] [--answers]

With a crowd the vendor begins with so many people: what its ``simulation`` says of ``crowd(many)``. With answers it is Gmail, and
some who are written to write back (:mod:`hub.cli.demo.answering`). Everything else is :mod:`hub.testing.simulator_server`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hub.core.registry import discover
from hub.process import parent
from hub.testing.simulator import Reply, Simulator, simulation_of
from hub.testing.simulator_server import SimulatorServer, until_stopped


class Unhurried(Simulator):
    """Acts at once and answers later."""

    delay = 0.0

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        reply = super().handle(method, path, query, headers, body)
        return replace(reply, seconds=reply.seconds + self.delay)


def crowded(simulation: Any, many: int) -> Any:
    """The plugin's own simulation, with so many people where it can; as it is for none."""
    if not many:
        return simulation
    return SimpleNamespace(**{**vars(simulation), "SEEDS": simulation.crowd(many)})


def _player(answers: bool) -> Callable[..., Unhurried]:
    """Who plays the vendor: with people behind it who write back, where it carries mail."""
    if not answers:
        return Unhurried
    from hub.cli.demo.answering import Answering, adams

    return lambda info, simulation, ledger: Answering(info, adams(simulation), ledger=ledger)


def main(arguments: list[str] | None = None) -> int:
    """Play the vendor until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Play the vendor of an installed add-on, unhurriedly.")
    parser.add_argument("addon")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--crowd", type=int, default=0)
    parser.add_argument("--answers", action="store_true")
    given = parser.parse_args(arguments)
    parent.follow()
    plugin = discover().plugin(given.addon)
    if plugin is None:
        sys.stderr.write(f"There is no loaded add-on {given.addon}.\n")
        return 2
    simulator = _player(given.answers)(
        plugin.info, crowded(simulation_of(plugin.info), given.crowd), ledger=given.ledger
    )
    simulator.delay = given.delay
    return until_stopped(SimulatorServer(simulator, given.port))


if __name__ == "__main__":
    raise SystemExit(main())
