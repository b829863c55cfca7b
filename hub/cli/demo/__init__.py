"""A demo company on this machine: a running hub, simulated vendors, plans that visibly run. With --check: the proof, headless."""

from __future__ import annotations

import argparse
from pathlib import Path

from hub.cli import listening
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and what for."""
    parser.add_argument("--port", type=listening.port, default=listening.PORT, help="port to try first (default 8400)")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="where its data goes (default .demo)")
    parser.add_argument("--fresh", action="store_true", help="forget the data of an earlier demo")
    parser.add_argument(
        "--check", action="store_true", help="no browser, fresh data, a worker killed half-way; judged from outside"
    )
    parser.add_argument("--contacts", type=listening.positive, default=500, help="with --check: how many (default 500)")
    parser.add_argument(
        "--kills", type=listening.positive, default=1, help="with --check: how often to kill (default 1)"
    )
    parser.add_argument(
        "--plant",
        choices=("twice", "lost"),
        action="append",
        default=[],
        help="with --check: falsify a ledger after it was judged, to see the check fail (may be said again)",
    )
    parser.add_argument("--seed", type=int, help="with --check: repeat the moments of an earlier run")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Show it, or prove it."""
    if given.check:
        from hub.cli.demo import checking

        return checking.run(given.contacts, given.kills, given.plant, given.seed)
    from hub.cli.demo import showing

    return showing.run(given.folder.expanduser().absolute(), given.port, fresh=given.fresh)
