"""Making any process ready: Django, the plugins, and the refusal to start when something states no permission.

A route, a command or a job without a permission is open to everybody until somebody notices. So nobody has to notice: the
process does not start, and says which it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from hub.process import collecting

log = logging.getLogger("hub.process")

Commands = Mapping[str, Callable[..., Any]]


class Refusal(Exception):
    """The process may not start. The message is for the person who started it."""


class NotReady(Refusal):
    """The database is behind the code. ``waiting`` is how many migrations have not been made."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        steps = "step" if waiting == 1 else "steps"
        super().__init__(f"The database is {waiting} {steps} behind this version. Run: hub migrate")


def django() -> None:
    """Load Django with the hub's settings. Harmless when it is loaded already.

    Raises:
        django.core.exceptions.ImproperlyConfigured: an environment variable cannot be used; the message says which.
    """
    collecting.begin()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")
    import django as framework

    framework.setup()


def jobs() -> Any:
    """Import every room's ``actors.py``, so that the broker knows all jobs; returns the broker."""
    import dramatiq
    from django.conf import settings

    for name in settings.HOST_APPS:
        if find_spec(f"hub.{name}") is not None and find_spec(f"hub.{name}.actors") is not None:
            import_module(f"hub.{name}.actors")
    _introduce()
    return dramatiq.get_broker()


def _introduce() -> None:
    """Rooms that stand beside each other and may not import each other: imports heed the engine's breakers."""
    from hub.engine.guards import breakers
    from hub.imports.vendor import standing

    standing.use(breakers.resting)


def check(commands: Commands | None = None) -> None:
    """Refuse the start when a route, a job or one of these commands states no permission, or one that does not exist.

    Raises:
        Refusal: with every name, so that one round mends all.
    """
    from hub.users import declare

    given, broker = commands or {}, jobs()
    faults = [
        *_lines("Route", declare.undeclared_routes()),
        *_lines("Job", declare.undeclared_jobs(broker)),
        *_lines("Command", declare.undeclared_commands(given)),
        *_unknown_lines(
            declare.unknown([*(view for _, view in declare.routes()), *broker.actors.values(), *given.values()])
        ),
    ]
    if faults:
        raise Refusal("The hub does not start, for these state no permission that exists:\n  " + "\n  ".join(faults))


def _lines(kind: str, names: Iterable[str]) -> list[str]:
    return [f"{kind} {name}" for name in names]


def _unknown_lines(names: Iterable[str]) -> list[str]:
    return [f"Permission {name}, which nobody knows" for name in names]


def plugins() -> Any:
    """Load the plugins, write the catalog, seal what a new version calls a secret, and log every one that could not be loaded."""
    from django.db import transaction

    from hub.addons import catalog, installed
    from hub.plans import secrets

    registry = installed.registry()
    with transaction.atomic():
        catalog.sync(registry)
        secrets.seal_what_lies_open()
    for trouble in registry.troubles:
        log.warning("%s", trouble.sentence)
    return registry


def tell_of_keys() -> bool:
    """Log it where something stored was sealed with a key that is not here: a key file that was lost is made anew, and all looks
    well until the first step needs a secret. Says whether all of them are here."""
    from hub.db import rotation, sealing

    lost = [where for where, blob in rotation.newest() if not sealing.has_key_for(blob)]
    if lost:
        log.warning(
            "stored secrets were sealed with a key that is not here (%s); what needs them waits. Stop the hub, give it that key "
            "and start it again; hub doctor says which",
            ", ".join(lost),
        )
    return not lost


def waiting_migrations() -> int:
    """How many migrations the database has not seen.

    Raises:
        django.db.OperationalError: the database does not answer.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def keeps_accounts_apart() -> bool:
    """Whether the database does so where it is asked to: HUB_ROW_SECURITY may have been set after the last migration, or the
    database have got another name, and with it another role."""
    from hub.db import policies, scope

    return not scope.is_on() or not (policies.bypasses() or policies.unguarded())


def migrate() -> None:
    """Bring the database up to this version. Two processes that do it at once wait for each other."""
    from django.core.management import call_command

    from hub.process.migrating import alone

    with alone():
        call_command("migrate", interactive=False, verbosity=0)


def ready_database(*, may_migrate: bool) -> None:
    """Migrate where that is allowed; else refuse a database that is behind.

    Raises:
        NotReady: it is behind and may not be migrated here.
        Refusal: it does not keep accounts apart as it is asked to, and may not be told here.
    """
    from hub.db import migrated

    waiting, apart = waiting_migrations(), keeps_accounts_apart()
    if ahead := migrated.ahead():
        log.warning(
            "a newer version of the hub changed this database (%s); what this one does with it was never tried. Install that "
            "version, or restore a backup from before it",
            ahead[0],
        )
    if waiting and not may_migrate:
        raise NotReady(waiting)
    if not apart and not may_migrate:
        raise Refusal("HUB_ROW_SECURITY is set, and the database knows nothing of it yet. Run: hub migrate")
    if waiting or not apart:
        migrate()
