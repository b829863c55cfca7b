"""The clock that a storm's processes share. It runs faster than the one on the wall, and jumps when nothing is left to do.

Faster, and no faster than this: the protocol waits before it sends again, and those waits must stay longer than what the
vendor really takes. Nothing is sent again sooner than 6 seconds after an unclear attempt (5 s deadline, 1 s of processing, of
what may be repeated), and then it is harmless; a look-up is believed 122 seconds after, which are 15 on the wall, while the
vendor acts after 2 at most.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

SPEED = 8.0


class Clockwork:
    """Keeps a ``HUB_CLOCK_FILE``. Use it as a context."""

    def __init__(self, file: Path) -> None:
        self._file, self._jumped, self._began = file, 0.0, time.monotonic()
        self._writing, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="storm-clock", daemon=True)

    @property
    def offset(self) -> float:
        """Seconds by which the hub's time is ahead of the wall's."""
        return (time.monotonic() - self._began) * (SPEED - 1) + self._jumped

    def jump(self, seconds: float) -> None:
        """At once so much later."""
        self._jumped += seconds
        self._write()

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            self._write()

    def _write(self) -> None:
        with self._writing:
            draft = self._file.with_name(f".{self._file.name}")
            draft.write_text(f"{self.offset:.3f}")
            draft.replace(self._file)

    def __enter__(self) -> Clockwork:
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
