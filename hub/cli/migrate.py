"""Bring the database up to this version. Harmless when it is there already; of two at once, one waits."""

from __future__ import annotations

import argparse

from hub.cli.saying import count, say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Only to look, or to do it."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something is to be done")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Migrate."""
    from hub.process import start

    start.django()
    waiting = start.waiting_migrations()
    if not waiting:
        say("The database is up to date.")
        return 0
    if given.check:
        say(f"{count(waiting, 'migration')} to be made. Run: hub migrate")
        return 1
    start.migrate()
    say(f"{count(waiting, 'migration')} made. The database is up to date.")
    return 0
