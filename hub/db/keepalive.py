"""A line that is cut lets go of what was locked behind it: both ends of a session ask for a sign of life.

A host that loses its power, or its network, says no goodbye. Its sessions stay, and what they had locked in mid-transaction stays
locked: a connection's row, of which every intent of that connection needs a word, for the two hours after which a kernel asks by
itself. So PostgreSQL asks after five seconds, and ends the session after twenty; and a worker behind a dead line learns of it as
soon. A process that is stopped in mid-transaction is answered for by its own kernel: its transaction is ended when it has been
silent for longer than anything of ours ever is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

CLIENT = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, seconds and a number, as libpq names them: how our end asks."""

SERVER = """
SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)
"""
"""The same for the server's end."""

LONGEST_SILENCE = timedelta(minutes=5)
"""Of a transaction that waits for us. No call to a vendor is made within one, and none takes so long."""

_SILENCE = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"


def ask_for_signs_of_life(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Told by Django of each new connection."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(SERVER)
            cursor.execute(_SILENCE, [str(round(LONGEST_SILENCE.total_seconds() * 1000))])
