"""How long the database server has been up: before that, nobody held a lock in it that they hold now."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from hub.db import dialect


def of_the_server() -> timedelta | None:
    """Since PostgreSQL's last start, by its own clock. None for SQLite, which has no server: its locks are the system's."""
    if not dialect.is_postgres():
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - pg_postmaster_start_time()")
        age: timedelta = cursor.fetchone()[0]
    return age
