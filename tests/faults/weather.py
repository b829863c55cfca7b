"""Trouble that comes by the clock, beside the trouble that is drawn: PostgreSQL every twelve seconds, Valkey every thirty."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

LOOK_SECONDS = 0.1


class Weather:
    """Use it as a context; it goes on until the end, and what went wrong with the trouble itself is raised there.

    Args:
        troubles: kind → what it does, and the seconds between two of it.
    """

    def __init__(self, troubles: Mapping[str, tuple[Callable[[], object], float]]) -> None:
        self._troubles = dict(troubles)
        self._over, self._failed = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._blow, name="storm-weather", daemon=True)
        self.made: Counter[str] = Counter()

    def _blow(self) -> None:
        due = {kind: time.monotonic() + seconds for kind, (_, seconds) in self._troubles.items()}
        while not self._over.wait(LOOK_SECONDS):
            for kind in [kind for kind, at in due.items() if time.monotonic() >= at]:
                act, seconds = self._troubles[kind]
                due[kind] = time.monotonic() + seconds
                try:
                    act()
                except BaseException as trouble:
                    self._failed.append(trouble)
                    return
                self.made[kind] += 1

    def __enter__(self) -> Weather:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        if self._failed and error[0] is None:
            raise self._failed[0]
