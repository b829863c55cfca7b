"""What is acknowledged is on the disk, whatever the database's default says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from psycopg import sql

from hub.db import database_url, dialect
from tests.support.postgres import Postgres

pytestmark = pytest.mark.django_db

DEFAULTS = ("off", "local", "remote_write", "on", "remote_apply")


def shown(session: BaseDatabaseWrapper, setting: str) -> object:
    with session.cursor() as cursor:
        cursor.execute(setting)
        return cursor.fetchone()[0]


@pytest.fixture
def role(postgres: Postgres) -> Iterator[str]:
    """Somebody of whom a test can say what the default is."""
    with postgres.connect() as session:
        session.execute("CREATE ROLE hasty LOGIN SUPERUSER")
        yield "hasty"
        session.execute("DROP ROLE hasty")


def test_a_commit_of_ours_waits_for_the_disk() -> None:
    if dialect.is_postgres():  # the server of the tests is set to be forgetful
        assert shown(connection, "SHOW synchronous_commit") == "on"
    else:
        assert shown(connection, "PRAGMA synchronous") == 2


@pytest.mark.parametrize("default", DEFAULTS)
def test_a_role_in_a_hurry_waits_too_and_who_asks_for_more_keeps_it(
    postgres: Postgres, role: str, default: str
) -> None:
    with postgres.connect() as session:
        session.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = {}").format(sql.Identifier(role), default))
    url = postgres.url().replace("hub@", f"{role}@")
    ours = ConnectionHandler({DEFAULT_DB_ALIAS: database_url.database(url)})[DEFAULT_DB_ALIAS]

    try:
        assert shown(ours, "SHOW synchronous_commit") == ("remote_apply" if default == "remote_apply" else "on")
    finally:
        ours.close()
