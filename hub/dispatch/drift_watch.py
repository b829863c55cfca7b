"""Watching for drift while steps run, without their noticing.

In the event loop :meth:`Watch.hear` only decides whether an answer is a sample and puts it into a short queue; when that is full
the sample is dropped. A thread compares samples with their declarations, counts, and now and then hands the counts to a store.
Nothing here can delay a step, fail one, or use up more than a small part of a processor, whatever vendors do.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hub.core import redact
from hub.core.endpoints import Endpoint
from hub.dispatch.apart.answers import AwayEndpoint
from hub.dispatch.drift import Difference, differences
from hub.dispatch.exchange import Answered
from hub.dispatch.heard import Heard

log = logging.getLogger("hub.dispatch")

EVERY_SECONDS = 1.0
"""Between two samples of one endpoint in one process."""

AT_ONCE = 20
"""Of each endpoint's first answers all are samples, for small installations ask seldom."""

UNREADABLE_SECONDS = 0.2
"""The same for answers that could not be read: these are what it is about, but a broken vendor has thousands."""

QUEUED = 100
"""Samples that wait. What comes beyond is dropped."""

LONGEST = 256 * 1024
"""Bytes of an answer that is looked at."""

FLUSH_SECONDS = 10.0
"""Between two times at which the counts are stored."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One difference in the answers of one endpoint."""

    addon: str
    endpoint: str
    kind: str
    path: str
    detail: str


Store = Callable[[Mapping[Seen, int]], None]
"""Adds to what it has. When it raises, the same counts come again, grown."""


class Watch:
    """One a process. Its thread begins with the first sample and ends with the process."""

    def __init__(self, store: Store, *, alone: bool = True, tick: Callable[[], float] = time.monotonic) -> None:
        self.dropped = 0
        self._store, self._alone, self._tick = store, alone, tick
        self._queue: queue.Queue[Heard] = queue.Queue(QUEUED)
        self._next: dict[tuple[str, str, bool], float] = {}
        self._heard: Counter[tuple[str, str, bool]] = Counter()
        self._counts: Counter[Seen] = Counter()
        self._thread: threading.Thread | None = None

    def hear(self, heard: Heard) -> None:
        """A listener of :class:`~hub.dispatch.outside.Outside`."""
        result = heard.result
        if type(result) is not Answered or not 200 <= result.status < 300 or heard.endpoint.open:
            return
        if result.cut or len(result.content) > LONGEST or not self._is_a_sample(heard):
            return
        try:
            self._queue.put_nowait(heard)
        except queue.Full:
            self.dropped += 1
        if self._thread is None and self._alone:
            self._thread = threading.Thread(target=self._run, name="hub-drift", daemon=True)
            self._thread.start()

    def _is_a_sample(self, heard: Heard) -> bool:
        key = (heard.info.name, heard.endpoint.label, heard.readable)
        self._heard[key] += 1
        now = self._tick()
        if heard.readable and self._heard[key] <= AT_ONCE:
            return True
        if now < self._next.get(key, 0.0):
            return False
        self._next[key] = now + (EVERY_SECONDS if heard.readable else UNREADABLE_SECONDS)
        return True

    def _run(self) -> None:
        flushed = self._tick()
        while True:
            with suppress(queue.Empty):
                self._compare(self._queue.get(timeout=FLUSH_SECONDS))
            if self._tick() - flushed >= FLUSH_SECONDS:
                self.flush()
                flushed = self._tick()

    def drain(self) -> None:
        """Compare everything that waits, in this thread. For tests, and for a bench without a thread."""
        while not self._queue.empty():
            self._compare(self._queue.get_nowait())

    def _compare(self, heard: Heard) -> None:
        assert isinstance(heard.result, Answered)
        try:
            found = _found(heard.endpoint, heard.result.content)
        except Exception:
            log.warning("an answer of %s could not be held against its declaration", heard.info.name, exc_info=True)
            return
        for one in found:
            seen = Seen(heard.info.name, heard.endpoint.label, str(one.kind), redact.text(one.path), one.detail)
            self._counts[seen] += 1

    def flush(self) -> None:
        """Hand over what was counted. What cannot be stored is counted on."""
        if not self._counts:
            return
        counts, self._counts = self._counts, Counter()
        try:
            self._store(counts)
        except Exception:
            log.warning("what vendors changed could not be stored; it is tried again", exc_info=True)
            self._counts.update(counts)


def _found(endpoint: Endpoint[object], content: bytes) -> tuple[Difference, ...]:
    """What differs. The answer's model of a plugin that runs apart is in its process."""
    if isinstance(endpoint, AwayEndpoint):
        return endpoint.differences(content)
    return differences(endpoint.answer, content)
