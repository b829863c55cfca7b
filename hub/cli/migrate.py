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
    waiting, apart = start.waiting_migrations(), start.keeps_accounts_apart()
    if not waiting and apart:
        say("The database is up to date.")
        return 0
    if given.check:
        policies = "" if apart else " The policies that keep accounts apart are missing."
        say(f"{count(waiting, 'migration')} to be made.{policies} Run: hub migrate")
        return 1
    start.migrate()
    policies = "" if apart else " It keeps accounts apart now."
    say(f"{count(waiting, 'migration')} made. The database is up to date.{policies}")
    return 0
