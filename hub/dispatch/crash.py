"""Named points at which a test may end the process, as a power cut would.

``HUB_CRASH_POINT=after_intent`` ends the process at that point; ``after_intent:3`` at the third time it is reached. In
production the variable is unset and a point is two comparisons.

The author's kit plays the death of a process without dying: it watches the points (:func:`watch`), and from the one it waits for
on it believes nothing that this process says and lets nothing out.
"""

from __future__ import annotations

import os
from collections.abc import Callable

POINTS = (
    "before_claim", "after_claim", "before_call", "before_intent", "in_intend", "after_intent", "before_send", "after_send",
    "before_settle", "in_settle", "after_settle", "before_sweep", "in_sweep", "in_sweep_written",
    "after_sweep", "before_reconcile",
    "after_reconcile", "before_ring", "after_ring",
)  # fmt: skip
"""All of them, in the order of the step's path."""

BESIDE = ("token_given", "in_archive", "in_release", "in_probe")
"""Beside that path: a provider has given a new token, and it is not written down yet; a portion of closed runs has been moved to
the archive, held runs have been told that they go on, a connection's rest has become a probe, and the transaction is not over."""

_EXIT = 137
_wanted, _, _count = os.environ.get("HUB_CRASH_POINT", "").partition(":")
_left = int(_count or 1)
_watcher: Callable[[str], None] | None = None


def watch(watcher: Callable[[str], None] | None) -> None:
    """Call this with the name of every point that is reached; None calls nobody."""
    global _watcher
    _watcher = watcher


def point(name: str) -> None:
    """Die here if the environment says so."""
    global _left
    if _watcher is not None:
        _watcher(name)
    if name != _wanted:
        return
    _left -= 1
    if _left <= 0:
        os._exit(_EXIT)
