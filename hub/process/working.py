"""Dramatiq's workers in this process, with the settings that `docs/decisions/dramatiq.md` gives reasons for."""

from __future__ import annotations

import logging
import threading
import time

import dramatiq

from hub.engine import broker, runtime
from hub.mail.reading.room import Reading
from hub.process import collecting, reading
from hub.process.stopping import GRACE_SECONDS

log = logging.getLogger("hub.process")

THREADS = 8
"""Messages at a time. Those of steps are done at once (``hub.dispatch.lines``); imports and the like take a thread each."""


class Working:
    """Workers that take messages until they are stopped.

    Args:
        threads: messages at a time.
        queues: only these; all when none is named. A process that was given some reads no mailboxes.
    """

    def __init__(self, threads: int = THREADS, queues: frozenset[str] = frozenset()) -> None:
        self._worker = dramatiq.Worker(
            dramatiq.get_broker(),
            queues=set(queues) or None,
            worker_threads=threads,
            worker_timeout=broker.LOCAL_IDLE_MS,
        )
        # Dramatiq reads these from the environment when it is first imported, which is no place for us to set them.
        self._worker.queue_prefetch = threads
        self._worker.delay_prefetch = 100
        self._reading: Reading | None = None
        self._reads = not queues

    def start(self) -> None:
        """Become a worker at once, not at the first message: the row and the lock are what others see of us."""
        here = runtime.current()
        collecting.settle()
        self._worker.start()
        if self._reads:
            self._reading = reading.reading(here.worker.no)
            self._reading.start()

    def stop(self, grace: float = GRACE_SECONDS) -> bool:
        """Take nothing new, give back what was not begun, wait for calls that are out. Says whether all of them came home.

        Args:
            grace: seconds for what is running.
        """
        end = time.monotonic() + grace
        runtime.current().leave()
        if self._reading is not None and not self._reading.stop(grace):
            log.warning("some mailboxes were still being read after %g seconds; others go on from there", grace)
        stopper = threading.Thread(target=self._worker.stop, args=(int(grace * 1000),), name="hub-stop", daemon=True)
        stopper.start()
        stopper.join(grace)
        home = runtime.current().lines.drain(max(0.0, end - time.monotonic()))
        idle = home and not any(thread.is_alive() for thread in self._worker.workers)
        if not idle:
            log.warning("calls were still running after %g seconds; what became of them is found out later", grace)
        runtime.close()
        return idle
