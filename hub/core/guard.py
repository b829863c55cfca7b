"""Calling a stranger's code without going down with it.

Import and hooks run in a thread of their own with a time limit, and everything they may do to the caller is caught:
exceptions, a failing ``assert``, ``sys.exit()``. A thread that hangs is left behind; it is a daemon, so it cannot keep the
process alive.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

LOAD_SECONDS = 10.0
"""How long a plugin may take to import, or one of its hooks to answer."""

MAX_WORDS = 500
"""Characters of a plugin's own words that are kept as the reason."""


@dataclass(frozen=True, slots=True)
class Guarded(Generic[T]):
    """What came of a guarded call: a value, or the reason there is none."""

    value: T | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason


def guarded(call: Callable[[], T], seconds: float = LOAD_SECONDS) -> Guarded[T]:
    """Run ``call`` in a thread; never raises, never takes longer than ``seconds``."""
    box: list[Guarded[T]] = []

    def work() -> None:
        try:
            box.append(Guarded(call()))
        except BaseException as trouble:  # a plugin's sys.exit() must not end the hub
            box.append(Guarded(reason=_words(trouble)))

    thread = threading.Thread(target=work, name="hub-plugin-load", daemon=True)
    thread.start()
    thread.join(seconds)
    return box[0] if box else Guarded(reason=f"it did not answer within {seconds:g} seconds")


def _words(trouble: BaseException) -> str:
    if isinstance(trouble, SystemExit):
        return _line(f"it called sys.exit({trouble.code!r})")
    text = _line(str(trouble))
    return f"{type(trouble).__name__}: {text}" if text else type(trouble).__name__


def _line(text: str) -> str:
    """The reason stands on pages and in logs, so a plugin does not choose how long it is."""
    words = " ".join(text.split())
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 1]}…"
