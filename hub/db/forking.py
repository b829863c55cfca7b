"""What must not live on in a process that is forked off ours.

A plugin that runs in our process may fork: ``multiprocessing`` does. Its child has everything open that we had, and may outlive
us. Were our locks and our port among it, nobody could take over what a killed worker held, and no hub start anew, until that
child has ended, too. A program that is *started* gets none of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakMethod

_closers: list[WeakMethod[Callable[[], object]]] = []


def close_in_children(close: Callable[[], object]) -> None:
    """Have a method called in every child that is forked from now on, for as long as its owner lives. It must only close, and not
    let go of a lock aloud: that would be ours."""
    _closers[:] = [known for known in _closers if known() is not None]
    _closers.append(WeakMethod(close))


def _in_a_child() -> None:
    for known in list(_closers):
        close = known()
        with suppress(Exception):
            if close is not None:
                close()


os.register_at_fork(after_in_child=_in_a_child)
