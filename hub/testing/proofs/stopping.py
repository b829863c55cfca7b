"""Told to stop: the hub ends a plugin's function by cancelling it, when its time is up or the worker goes down.

A function that catches everything catches that too, and goes on, or says *sent*. So each is told to stop while it waits for the
vendor, and must come to its end at once with nothing to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hub.core.endpoints import Endpoint
from hub.core.vendor import Vendor
from hub.dispatch import binding
from hub.dispatch.live import LiveVendor
from hub.testing.kit import ACME, ADA
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import unless
from hub.testing.proofs.shape import Shape

SECONDS = 0.25
"""Real seconds in which a function that was told to stop must have stopped."""

MOST_READS = 5
"""Of so many calls before the irreversible one each is left unanswered once."""


class _Silent(Vendor):
    """Answers so many reads; what comes then, and every write, is never answered."""

    def __init__(self, vendor: LiveVendor, answers: int) -> None:
        self._vendor, self._answers = vendor, answers
        self.settings, self.ref, self.now = vendor.settings, vendor.ref, vendor.now
        self.asked = asyncio.Event()

    async def __call__(self, endpoint: Endpoint[Any], body: Any = None, /, **parameters: Any) -> Any:
        self._answers -= 1
        if endpoint.writes or self._answers < 0:
            self.asked.set()
            await asyncio.Event().wait()
        return await self._vendor(endpoint, body, **parameters)


def action_stops(bench: Bench, shape: Shape) -> None:
    """While it waits for each of its calls: for those that only read, and for the irreversible one."""
    action = bench.declared(shape.action.type)
    step, _ = binding.step(action.settings, shape.options, binding.supply_of(ADA, ACME, bench.registry.token_sets))
    for answers in range(min(len(shape.reads), MOST_READS) + 1):
        _stops(bench, lambda vendor: action.run(vendor, step, ADA), "action", answers)


def asking_stops(bench: Bench, function: Callable[..., Awaitable[Any]], what: str) -> None:
    """A check or a list, while it waits for its first answer."""
    _stops(bench, function, what, 0)


def _stops(bench: Bench, call: Callable[[Any], Awaitable[Any]], what: str, answers: int) -> None:
    settings = binding.settings(bench.plain.info.settings, bench.settings)
    live = LiveVendor(bench.outside, bench.plain.info, settings, bench.clock.now(), ref="hub-kit-stop-0")
    said = bench.pulls(_told(call, _Silent(live, answers)))
    unless(
        not said, f"The {what} was told to stop while it waited for the vendor, and {said}; never catch CancelledError."
    )


async def _told(call: Callable[[Any], Awaitable[Any]], vendor: _Silent) -> str:
    """What it did when it was told; nothing where it ended, or never asked."""
    task = asyncio.ensure_future(call(vendor))
    asked = asyncio.ensure_future(vendor.asked.wait())
    await asyncio.wait({task, asked}, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if task.done():
        task.cancelled() or task.exception()  # looked at, or asyncio complains
        return ""
    task.cancel()
    await asyncio.wait({task}, timeout=SECONDS)
    if not task.done():
        return "it went on"
    if task.cancelled():
        return ""
    error = task.exception()
    return f"it raised {type(error).__name__}" if error else f"it returned {type(task.result()).__name__}"
