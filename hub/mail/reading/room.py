"""The part of a process that reads mailboxes: a thread that looks which are its own, and one watcher for each of them.

Where nothing is read there are no watchers, nothing of the mail libraries is loaded, and a look is one question to an empty index
every ten seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.db import close_old_connections
from django.db import connections as databases

from hub.db import clock
from hub.mail.reading import leasing
from hub.mail.reading.leasing import Ground, Lives

log = logging.getLogger("hub.mail")

LOOK_SECONDS = 3.0
"""Between two looks, while anything is read: so soon a switch that was set is heeded."""

IDLE_SECONDS = 10.0
"""The same where nothing is read, by nobody."""

SEEN_SECONDS = 60.0
"""How often it is written down that mailboxes in which nothing arrives are well."""


class Reading:
    """Keeps this process's mailboxes open until it is stopped.

    Args:
        worker: this process's number, whose lock others can see.
        lives: whether another worker still does.
        write: does something in a transaction.
    """

    def __init__(self, worker: int, lives: Lives, write: Any, look_seconds: float = LOOK_SECONDS) -> None:
        self._worker, self._lives, self._write, self._look_seconds = worker, lives, write, look_seconds
        self._watchers: dict[int, Any] = {}
        self._leaving: list[Any] = []
        self._stop = threading.Event()
        self._seen_at = time.monotonic()
        self._any = False
        self._thread = threading.Thread(target=self._run, name="hub-mail-reading", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, grace: float) -> bool:
        """End every watcher after the letter it keeps, and let others have the mailboxes. Says whether all ended in time."""
        end = time.monotonic() + grace
        self._stop.set()
        self._thread.join(grace)
        watchers = [*self._watchers.values(), *self._leaving]
        for watcher in watchers:
            watcher.stop()
        if watchers:
            self._hand_over()
        ended = [watcher.join(end - time.monotonic()) for watcher in watchers]
        return all(ended)

    def _hand_over(self) -> None:
        """At once, and not when the last watcher has ended: a letter that two keep is kept once."""
        try:
            self._write(lambda: leasing.give_back(self._worker))
        except Exception:  # who looks sees that this worker is gone
            log.warning("the mailboxes could not be handed over", exc_info=True)
        finally:
            databases.close_all()

    @property
    def open(self) -> int:
        """Mailboxes that are kept open."""
        return len(self._watchers)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                close_old_connections()
                found = leasing.look(self._worker, self._lives)
                self._any = bool(found.mine or found.others)
                self._follow({ground.mailbox_id: ground for ground in found.mine})
                self._tell_seen()
            except Exception:
                log.warning("it could not be looked which mailboxes are to be read", exc_info=True)
            finally:
                databases.close_all()
            self._stop.wait(self._look_seconds if self._any else max(self._look_seconds, IDLE_SECONDS))

    def _follow(self, wanted: dict[int, Ground]) -> None:
        """A watcher for each that is wanted; one whose ground has changed ends, and begins anew when it has ended."""
        self._leaving = [watcher for watcher in self._leaving if watcher.lives]
        for id_, watcher in list(self._watchers.items()):
            if wanted.get(id_) != watcher.ground or not watcher.lives:
                watcher.stop()
                self._leaving.append(self._watchers.pop(id_))
        busy = {watcher.ground.mailbox_id for watcher in self._leaving if watcher.lives}
        for id_, ground in wanted.items():
            if id_ not in self._watchers and id_ not in busy and not self._stop.is_set():
                self._watchers[id_] = self._watcher(ground)

    def _watcher(self, ground: Ground) -> Any:
        from hub.mail.reading.watching import Watcher

        watcher = Watcher(ground, self._worker, self._write)
        watcher.start()
        return watcher

    def _tell_seen(self) -> None:
        well = [id_ for id_, watcher in self._watchers.items() if watcher.well]
        if well and time.monotonic() - self._seen_at > SEEN_SECONDS:
            self._seen_at = time.monotonic()
            self._write(lambda: leasing.seen(well, clock.now()))
