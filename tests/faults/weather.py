"""Trouble that comes by the clock, beside the trouble that is drawn: PostgreSQL every twelve seconds, Valkey every thirty."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

LOOK_SECONDS = 0.1


class Weather:
    """Use it as a context for as long as the storm's servers live: a server that its thread has started again ends with it.

    Args:
        troubles: kind → what it does, and the seconds between two of it.
    """

    def __init__(self, troubles: Mapping[str, tuple[Callable[[], object], float]]) -> None:
        self._troubles = dict(troubles)
        self._blows, self._over, self._busy = threading.Event(), threading.Event(), threading.Lock()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._live, name="storm-weather", daemon=True)
        self.made: Counter[str] = Counter()

    @contextmanager
    def blowing(self) -> Iterator[Weather]:
        """Only within. What went wrong with the trouble itself is raised at the end, and by :meth:`check`."""
        self._blows.set()
        try:
            yield self
        finally:
            self._blows.clear()
            with self._busy:  # what has begun comes to its end
                pass
        self.check()

    def check(self) -> None:
        """Fail where the trouble failed."""
        if self._failed:
            raise self._failed[0]

    def _live(self) -> None:
        due = {kind: time.monotonic() + seconds for kind, (_, seconds) in self._troubles.items()}
        while not self._over.wait(LOOK_SECONDS):
            for kind in [kind for kind, at in due.items() if time.monotonic() >= at]:
                due[kind] = time.monotonic() + self._troubles[kind][1]
                with self._busy:
                    if self._blows.is_set() and not self._failed:
                        self._make(kind)

    def _make(self, kind: str) -> None:
        try:
            self._troubles[kind][0]()
        except BaseException as trouble:
            self._failed.append(trouble)
        else:
            self.made[kind] += 1

    def __enter__(self) -> Weather:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
