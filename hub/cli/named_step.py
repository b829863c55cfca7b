"""What commands about one step share: how it is named, by which clock a moment is meant, and whether there is a hub to ask."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from hub.cli import keeping
from hub.cli.saying import say
from hub.cli.trouble import Stop

MOMENT = 'by the account\'s clock, such as "2026-03-01 14:00"'


def argument(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    """The step, by its id."""
    told = "the step's id: the last part of its page's address, or its reference at the vendor"
    if needed:
        parser.add_argument("run", help=told)
    else:
        parser.add_argument("run", nargs="?", default="", help=told)


def step_id(word: str) -> UUID:
    """A step's id as people copy it: from its page's address, or out of the reference that the vendor has."""
    try:
        return UUID(word.split("-")[2]) if word.startswith("hub-") and word.count("-") == 3 else UUID(word)
    except ValueError:
        raise Stop(f"{word} is no step's id. It is the last part of the address of the step's page.", 2) from None


def moment(word: str, time_zone: str) -> datetime:
    """A moment as people type it.

    Args:
        time_zone: the account's, an IANA name.
    """
    from hub.plans.zones import moment_of, zone_of

    found = moment_of(word, zone_of(time_zone))
    if found is None:
        raise Stop(f'{word} is not a moment. Write it as "2026-03-01 14:00".', 2)
    return found


def at_hand() -> None:
    """See that there is a hub to ask: in an add-on's folder that of `hub dev`, elsewhere this machine's. None is made here.

    Raises:
        Stop: there is none.
    """
    from hub.cli.dev import ground
    from hub.cli.dev.child import environment

    here = Path.cwd()
    chosen = os.environ.get("HUB_HOME") or os.environ.get("HUB_DATABASE_URL")
    home = None if chosen else ground.last(here)
    if home is not None:
        say(f"Asking the hub of hub dev, in {home.relative_to(here)}.")
        os.environ["HUB_HOME"] = str(home)
        sys.path[:0] = environment(here, home)["PYTHONPATH"].split(os.pathsep)
    elif not keeping.at_hand():
        raise Stop(
            "There is no hub on this machine: HUB_DATABASE_URL is not set, and HUB_HOME holds no database. Type this where the "
            "hub runs, as whoever runs it."
        )
