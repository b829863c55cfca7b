"""A stranger's coroutine in a task of its own, so that whatever it does to its task is done to nobody else.

A plugin may raise ``SystemExit`` or a ``BaseException`` of its own making, cancel itself, swallow its cancellation, or never come
back. Awaited directly, each of these would reach the runner's own task: end the loop, cancel the batch's other steps in the
middle of a send, or hold the batch for ever. In a task of its own it is a value: :class:`Ended`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("hub.dispatch")

GRACE_SECONDS = 1.0
"""How long a cancelled plugin may take to clean up before it is left behind."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a stranger's coroutine ended: with a value, with an error, or not at all.

    Attributes:
        overran: it was not done in time; what it may have returned afterwards is not looked at.
    """

    value: Any = None
    error: BaseException | None = None
    overran: bool = False


async def alone(
    call: Callable[[], Awaitable[Any]], seconds: float, grace: float = GRACE_SECONDS, *, name: str | None = None
) -> Ended:
    """Call it and wait, ``seconds`` at most. Raises nothing of its making; only our own cancellation passes through.

    Args:
        name: of the task, by which it is known who has the loop.
    """
    task = asyncio.create_task(_caught(call), name=name)
    try:
        await _ended_or_over(task, seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not task.done():
        await _stopped(task, grace)
        return Ended(overran=True)
    return Ended(error=asyncio.CancelledError()) if task.cancelled() else task.result()


async def _ended_or_over(task: asyncio.Task[Ended], seconds: float) -> None:
    """As ``asyncio.wait`` for one task; that is made for many, and every step comes here."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    clock = loop.call_later(seconds, _wake, over)
    task.add_done_callback(lambda _: _wake(over))
    try:
        await over
    finally:
        clock.cancel()


def _wake(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)


async def _caught(call: Callable[[], Awaitable[Any]]) -> Ended:
    try:
        return Ended(await call())
    except BaseException as trouble:  # SystemExit in a task of ours would end the loop for everybody
        return Ended(error=trouble)


async def _stopped(task: asyncio.Task[Ended], grace: float) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=grace)
    if not task.done():
        log.error("a plugin does not stop when it is told to; it is left behind")
