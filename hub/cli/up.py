"""Run everything in one process: web, workers and ticker. Ends on Ctrl-C or SIGTERM, after running calls have finished.

A second, small process looks after the first: it starts it again when it dies or is stuck.
"""

from __future__ import annotations

import argparse
import os
import sys

from hub.cli import listening
from hub.cli.saying import complain, say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and whether to migrate."""
    listening.address(parser)
    listening.threads(parser, "messages at a time; steps are only put into lines by them")
    listening.stuck(parser)
    parser.add_argument("--alone", action="store_true", help="without the second process: another one looks after this")
    migrating = parser.add_mutually_exclusive_group()
    migrating.add_argument(
        "--migrate", dest="migrate", action="store_true", default=None, help="migrate first if needed"
    )
    migrating.add_argument(
        "--no-migrate", dest="migrate", action="store_false", help="refuse a database that is behind"
    )


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Start, wait to be told, stop."""
    import django  # noqa: F401  # a light install says at once that the server is missing, and starts no second process

    from hub.process import parent

    parent.follow()
    return _here(given) if given.alone else _watched(given)


def _watched(given: argparse.Namespace) -> int:
    """The small process: it loads nothing of the hub, and asks the one question for which a child has no terminal."""
    from hub.process import supervising
    from hub.process.stopping import GRACE_SECONDS, Stop

    if given.migrate is None and sys.stdin.isatty() and os.environ.get("HUB_DATABASE_URL", "").startswith("postgres"):
        from hub.process import start

        start.django()
        given.migrate = _may_migrate(None)
    stop = Stop()
    supervisor = supervising.Supervisor(
        supervising.python("up", "--alone", *_words(given)), 1, complain, name="the hub", stuck=given.stuck, only=True
    )
    return supervisor.run(stop.wait, GRACE_SECONDS + 8)


def _words(given: argparse.Namespace) -> list[str]:
    migrating = {None: [], True: ["--migrate"], False: ["--no-migrate"]}[given.migrate]
    return ["--host", given.host, "--port", str(given.port), "--threads", str(given.threads), *migrating]


def _here(given: argparse.Namespace) -> int:
    from hub.cli.main import functions
    from hub.process import beating, start
    from hub.process.stopping import Stop, leave

    stop = Stop()
    start.django()
    from hub.process.embedded import Embedded

    hub = Embedded(
        given.host, given.port, threads=given.threads, migrate=_may_migrate(given.migrate), commands=functions()
    )
    hub.start()
    beating.begin()
    _greet(hub.web.url)
    stop.wait()
    say("stopping: running calls finish first")
    finished = hub.stop()
    say("stopped")
    leave(0 if finished else 1)
    return 0


def _may_migrate(asked: bool | None) -> bool:
    """The embedded store is ours alone and is migrated unless told otherwise; a shared database only when somebody says so."""
    from django.conf import settings

    from hub.process.start import waiting_migrations

    if asked is not None:
        return asked
    if settings.HUB_EMBEDDED:
        return True
    waiting = waiting_migrations()
    if not waiting or not sys.stdin.isatty():
        return False
    answer = input(f"The database is {waiting} migrations behind this version. Migrate it now? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _greet(url: str) -> None:
    from hub.users.models import User

    say(f"ready: {url}")
    if not User.objects.exists():
        say('Nobody can sign in yet. In another terminal, run: hub user create NAME --enterprise "COMPANY"')
