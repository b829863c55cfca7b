"""A hub with the plugin of a folder: its vendor simulated, switched on, with a contact and a plan, reloading when you save.

Needs the server. Everything lies in the folder's `.hub-dev` and can be thrown away; the hub listens on this machine only.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli import listening
from hub.cli.saying import complain, say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from hub.cli.dev.door import Door


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder, and where to listen."""
    parser.add_argument("path", nargs="?", type=Path, default=Path("."), help="the plugin's folder (default: this one)")
    parser.add_argument("--addon", default="", metavar="NAME", help="which one, where the folder holds several")
    parser.add_argument(
        "--port", type=listening.port, default=8410, help="of the hub, on this machine only (default 8410)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier hub dev has made")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Start it, watch the folder, start it again; until Ctrl-C."""
    import django  # noqa: F401  # says at once that the server is missing

    from hub.cli.dev import ground
    from hub.cli.dev.door import Door

    folder = given.path.resolve()
    addon, several = _chosen(folder, given.addon)
    with ground.taken(folder):
        home = ground.home(folder, addon if several else "")
        ground.ready(home, fresh=given.fresh)
        with Door(given.port) as door:
            return _watched(folder, home, addon, door)


def _chosen(folder: Path, addon: str) -> tuple[str, bool]:
    """The name of the add-on, and whether the folder holds others, too."""
    from hub.core.worktree import NoPlugin, entry_points

    try:
        names = sorted(source.name for source, _ in entry_points(folder))
    except NoPlugin as trouble:
        raise Stop(str(trouble), 2) from None
    if addon and addon not in names:
        raise Stop(f"{folder} holds no add-on {addon}. There are: {', '.join(names)}.", 2)
    if not addon and len(names) > 1:
        raise Stop(f"{folder} holds several add-ons: {', '.join(names)}. Name one: hub dev --addon {names[0]}", 2)
    return addon or names[0], len(names) > 1


def _watched(folder: Path, home: Path, addon: str, door: Door) -> int:
    from hub.cli.dev.child import Running
    from hub.cli.dev.watching import Watch
    from hub.process.stopping import Stop as Told

    told, watch = Told(), Watch(folder)
    with Running(folder, home, addon, door) as running:
        while not told.wait(watch.EVERY):
            if changed := watch.changed():
                say(f"{changed} was saved: starting again")
                door.hush()
                running.again()
            elif running.died():
                door.speak()
                complain("the hub has ended; mend the plugin and save, and it starts again")
    say("stopped")
    return 0
