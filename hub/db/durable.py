"""What is acknowledged is on the disk: on PostgreSQL each session of ours waits for it, whatever its default says.

A server, a database or a role may have ``synchronous_commit`` off by default; then a crash of the server takes the last commits
with it, and among them the note that a parcel left. It is turned on once for each connection, so no statement of a step pays
for it. Who has chosen more (``remote_apply``) keeps it. SQLite's ``synchronous=FULL`` is in ``hub.db.database_url``.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_ON = """
SELECT set_config('synchronous_commit', 'on', false)
 WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
"""


def keep_what_is_committed(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Told by Django of each new connection, before anything is written over it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_ON)
