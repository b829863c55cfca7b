"""A database that is just coming up is waited for.

Who starts everything at once, or restarts the database, should not have to know an order: the hub's parts wait for a server that
is not there yet or not ready yet. What waiting cannot mend (a wrong password, a database that does not exist) is told at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import OperationalError, connection

log = logging.getLogger("hub.process")

PATIENCE_SECONDS = 30.0
"""A supervisor starts us again after that; a server that replays its log for longer is worth a line in its own log."""

PAUSE_SECONDS = 0.5

NOT_YET = (
    "connection refused",
    "is starting up",
    "is shutting down",
    "in recovery mode",
    "not yet accepting connections",
    "server closed the connection",
)
"""What PostgreSQL, or its machine, says of itself then; the connection that failed has no code to go by."""


def wait_for_database(seconds: float = PATIENCE_SECONDS, sleep: Callable[[float], object] = time.sleep) -> None:
    """Come back when the database answers.

    Raises:
        OperationalError: it does not, for so many seconds; or what it says is not mended by waiting.
    """
    end, told = time.monotonic() + seconds, False
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError as away:
            if time.monotonic() > end or not _is_coming(away):
                raise
        if not told:
            log.warning("the database is not there yet; waiting %d seconds for it", seconds)
            told = True
        sleep(PAUSE_SECONDS)


def _is_coming(away: OperationalError) -> bool:
    return any(words in str(away).casefold() for words in NOT_YET)
