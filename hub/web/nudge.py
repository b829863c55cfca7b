"""A word to the ticker: something has just become due.

A process that has a ticker says so with `listen(ticker.nudge)` at its start; views call `nudge()` after an enrolment or a
retry. Where there is no ticker in the process nothing happens: the one elsewhere looks within a quarter of a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

log = logging.getLogger("hub.web")

_listeners: list[Callable[[], object]] = []


def listen(ring: Callable[[], object]) -> Callable[[], None]:
    """Have `ring` called on every nudge; the answer is a function that ends this."""
    _listeners.append(ring)

    def forget() -> None:
        if ring in _listeners:
            _listeners.remove(ring)

    return forget


def nudge() -> None:
    """Ring once the transaction in force is committed: before that, nobody would see the rows."""
    transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    for ring in list(_listeners):
        try:
            ring()
        except Exception:  # a bell that does not ring delays nothing by more than a tick
            log.warning("the ticker could not be nudged", exc_info=True)
