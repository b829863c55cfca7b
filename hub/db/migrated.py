"""Whether the tables fit this version, asked so cheaply that a load balancer may ask every second.

What the installed code brings is read from the disk once a process; what the database has seen is one small query.
"""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Migration = tuple[str, str]


def missing() -> set[Migration]:
    """Migrations (app, name) of this version that the database has not seen.

    Raises:
        django.db.Error: it does not answer.
    """
    return set(_ours() - MigrationRecorder(connection).applied_migrations().keys())


def ahead() -> list[str]:
    """Migrations (``app.name``) of the hub that the database has seen and this version does not know: a newer one made them."""
    apps, seen = {app for app, _ in _ours()}, MigrationRecorder(connection).applied_migrations().keys()
    return sorted(f"{app}.{name}" for app, name in seen - _ours() if app in apps)


@cache
def _ours() -> frozenset[Migration]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
