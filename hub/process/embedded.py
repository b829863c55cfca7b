"""`hub up`: web, workers and ticker in one process.

The order matters. Starting: lock, database, plugins, then the workers, the ticker, and at last the web, which is what people
take for *ready*. Stopping, the other way round: no new request, no new bell, running calls finish within a limit, what was not
begun is given back, the locks are freed.
"""

from __future__ import annotations

import logging
import socket
import time

from django.conf import settings

from hub.process import coming_up, metrics, serving, start, ticking, working
from hub.process.alone import Lock
from hub.process.stopping import GRACE_SECONDS

log = logging.getLogger("hub.process")

DYING_SECONDS = 1.5
"""How long the system may take to free what a killed process held."""


class Embedded:
    """Everything in one process.

    Args:
        port: 0 for any that is free.
        commands: what `hub` can do, for the check that each states a permission.
        listening: a socket that listens already, instead of host and port.

    Raises:
        start.Refusal: another hub runs on this folder, the database is behind, or something states no permission.
        serving.PortTaken: somebody else listens there.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        threads: int = working.THREADS,
        migrate: bool = True,
        commands: start.Commands | None = None,
        listening: socket.socket | None = None,
    ) -> None:
        self._lock = Lock(settings.HUB_HOME)
        if not _taken(self._lock):
            raise start.Refusal(_somebody_else(self._lock))
        coming_up.wait_for_database()
        start.ready_database(may_migrate=migrate)
        start.check(commands)
        start.plugins()
        start.tell_of_keys()
        self.web = serving.Web(host, port, listening=listening)
        self._working, self._ticking = working.Working(threads), ticking.Ticking()

    def start(self) -> None:
        """Begin."""
        metrics.begin("up")
        ticking.hear_the_web()
        self._working.start()
        self._ticking.start()
        self.web.start()

    def stop(self, grace: float = GRACE_SECONDS) -> bool:
        """End in order. Says whether every call that was running finished."""
        self._ticking.stop()
        self.web.close()
        finished = self._working.stop(grace)
        self._lock.release()
        return finished


def _taken(lock: Lock) -> bool:
    """Take the folder's lock. One that was killed a moment ago may still be dying."""
    end = time.monotonic() + DYING_SECONDS
    while not lock.take():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _somebody_else(lock: Lock) -> str:
    who = f" (process {lock.holder()})" if lock.holder() else ""
    return (
        f"Another hub{who} already runs on {settings.HUB_HOME}. Stop that one first, or give this one a folder of its own with "
        "HUB_HOME."
    )
