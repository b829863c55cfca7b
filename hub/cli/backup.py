"""Save the embedded store, uploaded files included, to one file, while the hub runs. The keys go in only with --keys; without
them, keep the key file safe elsewhere, or the stored secrets cannot be opened after a restore."""

from __future__ import annotations

import argparse
from pathlib import Path

from hub.cli.saying import count, say
from hub.cli.trouble import Stop
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and with what."""
    parser.add_argument("file", type=Path, help="where to write it, such as hub-monday.backup")
    parser.add_argument(
        "--keys", action="store_true", help="put the keys in, too: whoever has the file can read every secret"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Write it."""
    from django.conf import settings

    from hub.process import start

    start.django()
    from hub.cli.main import version
    from hub.db import clock, installation
    from hub.process import archive, restoring

    database, file = restoring.database(), given.file.expanduser().absolute()
    if not database.exists():
        raise Stop(f"There is no database at {database} to save.")
    if file.exists() and not given.force:
        raise Stop(f"{file} is there already. Choose another name, or replace it with --force.")
    if not file.parent.is_dir():
        raise Stop(f"There is no folder {file.parent}.")
    start.ready_database(may_migrate=False)
    about = archive.About(clock.real_now().isoformat(), installation.ref(), version(), given.keys)
    keys = settings.HUB_SECRET_KEYS if given.keys else ()
    done = archive.write(file, database, about, keys, home=Path(settings.HUB_HOME))
    say(f"Saved to {file} ({done.size / 1024:,.0f} KB), readable by you only.")
    uploaded = f"{count(done.files.number, 'uploaded file')} ({done.files.size / 1024:,.0f} KB)"
    say(f"In it: the database ({done.database / 1024:,.0f} KB) and {uploaded}.")
    if given.keys:
        say("The keys are in it: whoever has this file can read every stored secret.")
    else:
        say(
            f"The keys are not in it. Without a copy of {settings.HUB_HOME / 'sealing.key'} secrets must be typed again."
        )
    return 0
