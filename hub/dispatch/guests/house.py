"""All guests of a process, and the thread that watches their loops.

A guest is whoever's code is not in the package ``hub`` itself: the plugins that come with the hub are distributions of their own,
and guests like anybody's. Plugins in processes of their own are none, for their code is not here; nor are add-ons that a test or
a program made without a distribution.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from hub.core.registry import Plugin
from hub.dispatch.apart.rebuilding import Away
from hub.dispatch.guests.guest import Guest, Loss
from hub.dispatch.guests.loop import GuestLoop
from hub.dispatch.outside import Outside

log = logging.getLogger("hub.dispatch")

HELD_SECONDS = 5.0
"""A loop that has not turned for so long is given up. Honest code gives way after milliseconds."""

LOOK_SECONDS = 0.5
"""Between two looks at all loops."""

LATE_SECONDS = 1.0
"""A look that comes so much later than it should says that the whole process stood still, and nothing about a guest."""

OURS = __name__.partition(".")[0]

Told = Callable[[Loss], None]


def lodging(plugin: Plugin) -> str:
    """The distribution whose guest a plugin is; empty for the house's own."""
    source = plugin.source
    if source.module.partition(".")[0] == OURS or isinstance(plugin.subject, Away):
        return ""
    return source.distribution


class Guests:
    """See the module's docstring. One a process; threads may share it.

    Args:
        house: gives the way out that a guest's is like.
        find: add-on → its plugin.
        seconds: says how long a loop may be held.
        told: as for :meth:`listen`.
    """

    def __init__(
        self,
        house: Callable[[], Outside],
        find: Callable[[str], Plugin | None],
        seconds: Callable[[], float] = lambda: HELD_SECONDS,
        told: Told | None = None,
    ) -> None:
        self._house, self._find, self._seconds = house, find, seconds
        self._guests: dict[str, Guest] = {}
        self._of: dict[str, tuple[Plugin | None, Guest | None]] = {}
        self._told: list[Told] = [told] if told else []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._watcher: threading.Thread | None = None

    def of(self, addon: str) -> Guest | None:
        """The guest that this add-on belongs to; None for the house's own, and for one that nobody knows."""
        plugin, known = self._find(addon), self._of.get(addon)
        if known is None or known[0] is not plugin:
            known = self._of[addon] = (plugin, self.lodge(plugin) if plugin else None)
        return known[1]

    def lodge(self, plugin: Plugin) -> Guest | None:
        """The guest that this plugin belongs to; None for the house's own."""
        name = lodging(plugin)
        if not name:
            return None
        with self._lock:
            if name not in self._guests:
                self._guests[name] = Guest(name, self._begun, self._left_behind)
            return self._guests[name]

    def all(self) -> list[Guest]:
        """Those that were asked for so far."""
        return list(self._guests.values())

    def listen(self, told: Told) -> None:
        """Hear of each loss, in the watcher's thread: who has much to do about it takes a thread of their own."""
        self._told.append(told)

    def forget(self, told: Told) -> None:
        """Hear of no more."""
        self._told.remove(told)

    def _begun(self, name: str) -> GuestLoop:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="hub-guests", daemon=True)
            self._watcher.start()
        return GuestLoop(self._house(), name)

    def _left_behind(self) -> int:
        return sum(guest.left_behind() for guest in self.all())

    def _watch(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(LOOK_SECONDS):
            now = time.monotonic()
            if now - last > LOOK_SECONDS + LATE_SECONDS:
                self._excuse(now)
            else:
                self.look(now)
            last = time.monotonic()

    def _excuse(self, now: float) -> None:
        for guest in self.all():
            if guest.loop is not None:
                guest.loop.excuse(now)

    def look(self, now: float) -> None:
        """Give up who holds its loop for too long."""
        for guest in self.all():
            loop = guest.loop
            seconds = loop.look(now) if loop is not None else 0.0
            if loop is not None and seconds >= self._seconds():
                loss = guest.give_up(loop, seconds)
                if loss is not None:
                    self._tell(loss)

    def _tell(self, loss: Loss) -> None:
        log.error(
            "%s: %s; its loop is given up, and it gets another in %g seconds", loss.name, loss.sentence, loss.rest
        )
        for told in list(self._told):
            _quietly(told, loss)

    def close(self) -> None:
        """End the watch, and every loop that turns."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(LOOK_SECONDS + LATE_SECONDS)
        for guest in self.all():
            guest.close()


def _quietly(told: Callable[[Any], None], loss: Loss) -> None:
    try:
        told(loss)
    except Exception:
        log.exception("a loop was given up, and somebody who should know could not be told")
