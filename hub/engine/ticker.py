"""The ticker: looks at the clock so that nobody else has to.

At the latest every quarter of a second, and at the very moment when the next step comes due, it rings for what is due; every few
seconds it sweeps after the dead and releases what is held without cause. Several may run; each duty tolerates company. Nothing
is remembered between passes that the rows do not know.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections, connections, transaction

from hub.db import clock, counting
from hub.engine import actors, due, release, sweep
from hub.engine.due import Bell
from hub.engine.guards import probing

log = logging.getLogger("hub.engine")

RING_SECONDS = 0.25
"""The longest time between two looks at what is due."""

CROWD = 500
"""While so many steps are due that the workers have enough to do, a nudge does not bring the next look forward."""

SWEEP_SECONDS = 5.0
RELEASE_SECONDS = 5.0
PROBE_SECONDS = 5.0


TELL_SECONDS = 60.0
"""A duty that goes on failing is told in full once a minute: four traces a second help nobody when Redis is away."""


@dataclass
class Duty:
    """Something done again and again.

    Attributes:
        every: seconds between two beginnings.
        due: when it is next, by the process's steady counter.
        told: when its failing was last told in full.
    """

    name: str
    every: float
    work: Callable[[], object]
    due: float = field(default=0.0)
    told: float = field(default=-TELL_SECONDS)


class Ticker:
    """Runs its duties until told to stop. :meth:`nudge` makes the next ring happen at once.

    Args:
        more: duties that other rooms bring (imports, notifications).
    """

    def __init__(self, more: Sequence[Duty] = (), bell: Bell | None = None) -> None:
        self._bell = bell or actors.bell()
        self._ring = Duty("ring", RING_SECONDS, self._bell.ring)
        self._duties = [
            self._ring,
            Duty("sweep", SWEEP_SECONDS, sweep.sweep),
            Duty("probe", PROBE_SECONDS, probing.sweep),
            Duty("release", RELEASE_SECONDS, release.sweep),
            *more,
        ]
        self._stop, self._nudge = threading.Event(), threading.Event()

    def run(self) -> None:
        """Until :meth:`stop`."""
        _running.append(self)
        try:
            while not self._stop.is_set():
                self.once(time.monotonic())
                self._nudge.wait(self._pause())
                self._nudge.clear()
        finally:
            _running.remove(self)
            connections.close_all()

    def once(self, now: float) -> None:
        """Do what is due now. A duty that fails is logged and done again at its next turn."""
        for duty in self._duties:
            if now >= duty.due:
                duty.due = now + duty.every
                _do(duty)

    def _pause(self) -> float:
        """Until the next step comes due, and a quarter of a second at most: somebody else may put one before it."""
        if self._bell.found >= CROWD:
            return RING_SECONDS
        try:
            now = clock.now()
            next_due = due.next_due(now)
        except Exception:
            return RING_SECONDS  # the ring itself has said what is wrong
        wait = (next_due - now).total_seconds() if next_due else RING_SECONDS
        if wait < RING_SECONDS:
            self._ring.due = 0.0
        return max(0.0, min(wait, RING_SECONDS))

    def nudge(self) -> None:
        """Something has just become due."""
        if self._bell.found < CROWD:
            self._ring.due = 0.0
            self._nudge.set()

    def stop(self) -> None:
        """End the loop after the pass that is going on."""
        self._stop.set()
        self._nudge.set()


def _do(duty: Duty) -> None:
    close_old_connections()
    try:
        duty.work()
    except Exception as trouble:
        counting.add("hub_duty_failures_total", duty=duty.name)
        now = time.monotonic()
        if now - duty.told >= TELL_SECONDS:
            duty.told = now
            log.exception("the ticker's duty %r failed; it is tried again at its next turn", duty.name)
        else:
            log.debug("the ticker's duty %r failed again: %s", duty.name, trouble)


_running: list[Ticker] = []


def nudge() -> None:
    """Something becomes due with the caller's transaction: look as soon as that is over.

    Harmless wherever it is called. Where no ticker runs in this process, a worker is asked over Redis; where there is neither,
    the next pass of some ticker finds it.
    """
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    for ticker in list(_running):
        ticker.nudge()
    if not _running and settings.HUB_REDIS_URL:
        actors.nudge()
