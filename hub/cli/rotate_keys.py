"""Move every stored secret to the current key, while the hub runs. Cut off, it is simply run again.

Scaled out, put the new key first in HUB_SECRET_KEYS, restart every process, then run this; when it says that nothing is left,
take the old key away. Embedded, `--new` makes a key and rotates at once; the hub must be stopped for that, because a running one
would not know the new key.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hub.cli.saying import count, say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.db.rotation import Rotation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Embedded: a new key, and the end of old ones."""
    parser.add_argument("--new", action="store_true", help="embedded: make a new key first (the hub must be stopped)")
    parser.add_argument(
        "--drop-old", action="store_true", help="embedded: forget older keys once nothing is left under them"
    )


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Rotate, verify, tell."""
    from hub.process import start

    start.django()
    start.ready_database(may_migrate=False)
    from hub.process import keys

    if given.new or given.drop_old:
        keys.see_that_they_are_ours()
    if given.new:
        say(f"The current key is now {keys.add()}. A backup from before needs the older key, which is kept behind it.")
    report = _rotate()
    if given.drop_old and report.finished:
        say(f"{count(keys.drop_old(), 'older key')} forgotten. Backups sealed with them can no longer be opened.")
    return 0 if report.finished else 1


def _rotate() -> Rotation:
    from hub.db.rotation import rotate_keys

    report = rotate_keys()
    say(f"{count(report.resealed, 'secret')} moved to the current key, {report.left} left.")
    for where in report.unreadable:
        say(
            f"No key opens {where}. Give the old key back at the end of HUB_SECRET_KEYS, or have the secret typed in again."
        )
    if not report.finished and not report.unreadable:
        raise Stop(
            "Something was saved under an old key meanwhile. Restart every process with the new key first, then run this again."
        )
    return report
