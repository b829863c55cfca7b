"""After a test whose rows were really committed, only the tables in which something stands are emptied.

Django empties every table after each such test, a hundred and more, and then writes its content types anew, which nobody has
changed in between. One question tells which tables have rows; mostly it is a dozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.test import TransactionTestCase

WRITTEN_BY_MIGRATIONS = ("contenttypes.ContentType", "db.Installation")
"""Models whose rows stay, as they are there before the first test."""


def begin() -> None:
    """From now on every test that commits ends this way."""
    TransactionTestCase._fixture_teardown = _after_a_test  # type: ignore[method-assign]


def empty(connection: Any) -> list[str]:
    """Delete every row that a test may have written; gives the tables that had some. Numbers go on where they were."""
    filled = list(_filled(connection, _tables(connection.alias)))
    if filled:
        with _nothing_is_checked(connection), transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for table in filled:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
    return filled


def _after_a_test(case: TransactionTestCase) -> None:
    from hub.db import installation  # once the house has set Django up

    for alias in case._databases_names(include_mirrors=False):
        empty(connections[alias])
        installation.make_row(alias)  # and what this process remembers of it is forgotten


@lru_cache
def _tables(alias: str) -> tuple[str, ...]:
    """All that a migration made, without those whose rows stay."""
    stay = {apps.get_model(name)._meta.db_table for name in WRITTEN_BY_MIGRATIONS}
    every = connections[alias].introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(sorted(set(every) - stay))


def _filled(connection: Any, tables: Iterable[str]) -> Iterator[str]:
    has_rows = ", ".join(f"EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {has_rows}")
        found = cursor.fetchone()
    return (table for table, has in zip(tables, found, strict=True) if has)


@contextmanager
def _nothing_is_checked(connection: Any) -> Iterator[None]:
    """Foreign keys are not looked after meanwhile, for nothing that they point to stays."""
    if connection.vendor != "postgresql":
        with connection.constraint_checks_disabled():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("RESET session_replication_role")
