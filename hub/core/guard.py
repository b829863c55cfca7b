"""Calling a stranger's code without going down with it.

Import and hooks run in a thread of their own with a time limit, and everything they may do to the caller is caught:
exceptions, a failing ``assert``, ``sys.exit()``. A thread that hangs is left behind; it is a daemon, so it cannot keep the
process alive.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.core import whereabouts

T = TypeVar("T")

LOAD_SECONDS = 10.0
"""How long a plugin may take to import, or one of its hooks to answer."""

PAGE_SECONDS = 5.0
"""How long a plugin's own checks and tokens may take while a person waits for a page."""

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
    return box[0] if box else Guarded(reason=f"it did not answer within {seconds:g} seconds{_stands_at(thread)}")


class Failed(Exception):
    """A stranger's code did not answer.

    Attributes:
        kind: the name of what it raised; empty when it did not end in time. Never its words: they may hold what was typed.
        seconds: how long it was given.
        place: the line of its own that it came from, for its author; empty when that is not known.
    """

    def __init__(self, kind: str, seconds: float, place: str = "") -> None:
        super().__init__(f"failed with {kind}" if kind else f"did not end within {seconds:g} seconds")
        self.kind, self.seconds, self.place = kind[:60], seconds, place

    @property
    def for_author(self) -> str:
        """With the line."""
        return f"{self}{_in_brackets(self.place)}"


def limited(call: Callable[[], T], *passes: type[Exception], seconds: float | None = None) -> T:
    """Run ``call`` in a thread of its own and give its answer.

    Args:
        passes: errors with a meaning of their own, raised here as they are.
        seconds: how long it may take; :data:`PAGE_SECONDS` when nothing is said.

    Raises:
        Failed: it raised something else, ``sys.exit()`` included, or did not end in time.
    """
    given = PAGE_SECONDS if seconds is None else seconds

    def caught() -> tuple[T | None, BaseException | None]:
        try:
            return call(), None
        except BaseException as trouble:
            return None, trouble

    ended = guarded(caught, given).value
    if ended is None:
        raise Failed("", given)
    value, trouble = ended
    if isinstance(trouble, passes):
        raise trouble
    if trouble is not None:
        raise Failed(type(trouble).__name__, given, whereabouts.place(trouble)) from None
    return value  # type: ignore[return-value]  # without trouble there is an answer


def _words(trouble: BaseException) -> str:
    where = _in_brackets(whereabouts.place(trouble))
    if isinstance(trouble, SystemExit):
        return _line(f"it called sys.exit({_text(trouble.code, repr)})") + where
    text = _line(_text(trouble.msg if isinstance(trouble, SyntaxError) and where else trouble))
    return (f"{type(trouble).__name__}: {text}" if text else type(trouble).__name__) + where


def _text(words: object, how: Callable[[object], str] = str) -> str:
    """What a stranger's object says of itself; empty when it cannot even do that."""
    try:
        return how(words)
    except BaseException:
        return ""


def _stands_at(thread: threading.Thread) -> str:
    """Where in the plugin a thread is that does not come back."""
    frame = sys._current_frames().get(thread.ident or 0)
    return _in_brackets(whereabouts.caller(frame)) if frame else ""


def _in_brackets(place: str) -> str:
    return f" ({place})" if place else ""


def _line(text: str) -> str:
    """The reason stands on pages and in logs, so a plugin does not choose how long it is."""
    words = " ".join(text.split())
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 1]}…"
