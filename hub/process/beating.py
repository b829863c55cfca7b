"""A sign of life that a stuck process cannot give: one byte a second to whoever watches, sent by the loop that plugins run in.

A plugin that blocks (``time.sleep`` where it should have awaited) stops the loop and every call in it, while the process lives
and its lock is held. So the beat comes from the loop itself. When the watcher asks, the process writes to its log what each
thread is doing, even while it is stuck.
"""

from __future__ import annotations

import faulthandler
import os
import signal

VARIABLE = "HUB_BEAT_FD"
"""The pipe to the watcher, as it is numbered in the child."""

EVERY_SECONDS = 0.5
BEAT = b"."
TELL = signal.SIGUSR1
"""Asks a process to write down what its threads are doing."""


def begin() -> bool:
    """Beat from now on, if somebody watches. Says whether somebody does."""
    told = os.environ.pop(VARIABLE, "")
    if not told.isdigit():
        return False
    from hub.addons import installed

    pipe = int(told)
    os.set_inheritable(pipe, False)
    os.set_blocking(pipe, False)
    faulthandler.register(TELL, all_threads=True)
    _say_so(pipe)  # from here on we are known to have lived
    installed.outside().start(_beat(pipe))
    return True


async def _beat(pipe: int) -> None:
    import asyncio  # the watcher needs none of it, and starts the sooner

    while _say_so(pipe):
        await asyncio.sleep(EVERY_SECONDS)


def _say_so(pipe: int) -> bool:
    """One beat. Says whether anybody watches still."""
    try:
        os.write(pipe, BEAT)
    except BlockingIOError:
        pass  # the watcher is slow and has beats enough
    except OSError:
        return False
    return True
