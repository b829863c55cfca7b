"""Bring a backup of the embedded store back. The hub must be stopped. What may have been sent since the backup waits for a person
and is not sent again by itself; the database from before is kept beside."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.saying import count, say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.process.archive import About
    from hub.process.restoring import Restored, Stopped


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and whether to ask."""
    parser.add_argument("file", type=Path, help="a file made with: hub backup")
    parser.add_argument(
        "--keys", action="store_true", help="take the keys from the backup, too, behind those that are here"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Judge it, ask, restore, tell."""
    from hub.process import start

    start.django()
    from hub.cli.operator import actor
    from hub.process import archive, restoring

    file = given.file.expanduser().absolute()
    if not file.is_file():
        raise Stop(f"There is no file {file}.")
    try:
        told = archive.about(file)
        restoring.see_that_nobody_works()
        restoring.see_that_the_clock_is_right(told)
        _ask(given.yes, told)
        done = restoring.restore(file, told, take_keys=given.keys, by=actor())
    except archive.BadBackup as bad:
        raise Stop(f"{bad} Nothing was changed.") from None
    _tell(done)
    return 0


def _ask(yes: bool, told: About) -> None:
    say(f"A backup of {told.made:%Y-%m-%d %H:%M} UTC, made by hub {told.version}.")
    say("Everything since then will be gone from the hub.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop("Nobody is here to ask. Nothing was changed; repeat it with --yes if you mean it.")
    if input("Restore it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Stop("Nothing was changed.")


def _tell(done: Restored) -> None:
    say(f"Restored. This installation's reference is now {done.ref}; everybody must sign in again.")
    if done.asked:
        say(f"{count(done.asked, 'step')} may have been sent since the backup. They are not sent again by themselves.")
        say("They wait for a person under Runs.")
    _tell_what_stopped(done.stopped)
    if done.files is None:
        say("The backup holds no uploaded files, for it was made by an older hub. Those that are here stay.")
    else:
        say(f"{count(done.files.number, 'uploaded file')} came back with it.")
    for place in done.files_aside:
        say(f"Those from before lie at {place}. Remove them when you no longer need them.")
    if done.aside:
        say(f"The database from before lies at {done.aside}. Remove it when you no longer need it.")
    say("Contacts who were put on a plan since the backup are on it no more.")
    say("Before you put them on it again, see what they got already.")


def _tell_what_stopped(stopped: Stopped) -> None:
    if stopped.imports:
        say(
            f"{count(stopped.imports, 'import')} stopped half-way. Go on with them under Contacts, Import, once you have looked."
        )
    if stopped.timetables:
        say(
            f"{count(stopped.timetables, 'timetable')} of imports went off: what came since the backup would come again as new."
        )
        say("See what its contacts got already, then import once by hand and switch the timetable on, under Add-Ons.")
    if stopped.deliveries:
        say(
            f"{count(stopped.deliveries, 'delivery', 'deliveries')} that nobody had handled can be played again under Add-Ons."
        )
    if stopped.replays:
        say(
            f"{count(stopped.replays, 'replay')} of failed steps stopped half-way. What is left can be tried again under Runs."
        )
