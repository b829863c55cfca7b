"""What a plugin's functions did: every call they asked for, what they returned or raised, and how long they took.

The dispatcher protects itself from a plugin that swallows an error or reports what it did not do; so the end of a run says little
about the plugin. The kit therefore watches the plugin itself: its functions are wrapped, and so is the vendor they are given.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakSet

from hub.core.actions import Action
from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.core.records import Trigger
from hub.core.registry import Claim, Plugin, Registry
from hub.core.vendor import Vendor
from hub.dispatch.classify import Reading

MOST_CALLS = 500
"""Calls of one function of the plugin's after which it is taken for one that never ends: nothing here has so many pages."""

inside: ContextVar[bool] = ContextVar("hub_kit_inside", default=False)
"""Whether the code that runs now is the plugin's."""


@dataclass
class Asked:
    """One call the plugin asked for, and the error it got."""

    endpoint: Endpoint[Any]
    words: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    error: BaseException | None = None


@dataclass
class Turn:
    """One call of one of the plugin's functions.

    Attributes:
        what: ``action``, ``look-up``, ``check``, ``trigger`` or a list's name.
        returned: the value; of a trigger, the pages it has yielded.
        wire: what became of its irreversible request, as the host saw it.
        seconds: real time, without the time it waited for the vendor.
    """

    what: str
    asked: list[Asked] = field(default_factory=list)
    returned: Any = None
    error: BaseException | None = None
    wire: Reading | None = None
    seconds: float = 0.0

    @property
    def writes(self) -> list[Asked]:
        """The irreversible calls it asked for."""
        return [asked for asked in self.asked if asked.endpoint.writes]


async def _bounded(turn: Turn) -> None:
    """A loop without an end never waits for anything here, so nothing could end it but this."""
    if len(turn.asked) > 2 * MOST_CALLS:
        await asyncio.Event().wait()  # it catches its cancellation too: now its time is up
    if len(turn.asked) > MOST_CALLS:
        raise asyncio.CancelledError


class SpyVendor(Vendor):
    """Hands every call on and writes it down."""

    def __init__(self, vendor: Any, turn: Turn) -> None:
        self._vendor, self._turn = vendor, turn
        self.settings, self.ref, self.now = vendor.settings, vendor.ref, vendor.now

    async def __call__(self, endpoint: Endpoint[Any], body: Any = None, /, **parameters: Any) -> Any:
        asked = Asked(endpoint, f"{body!r} {sorted(parameters.items())!r}", parameters)
        self._turn.asked.append(asked)
        await _bounded(self._turn)
        mark, begun = inside.set(False), time.perf_counter()
        try:
            return await self._vendor(endpoint, body, **parameters)
        except BaseException as trouble:
            asked.error = trouble
            raise
        finally:
            self._turn.seconds -= time.perf_counter() - begun
            inside.reset(mark)


def spied(registry: Registry, turns: list[Turn]) -> Registry:
    """The same registry, its functions watched."""
    plugins = {name: _plugin(plugin, turns) for name, plugin in registry.plugins.items()}
    claims = {action.type: Claim(plugin, action) for plugin in plugins.values() for action in plugin.actions}
    return replace(registry, plugins=plugins, claims=claims)


def _plugin(plugin: Plugin, turns: list[Turn]) -> Plugin:
    actions = tuple(_action(action, turns) for action in plugin.actions)
    return replace(plugin, actions=actions, info=_info(plugin.info, turns))


def _action(action: Action, turns: list[Turn]) -> Action:
    look_up = watched(action.reconcile, "look-up", turns) if action.reconcile else None
    return replace(action, run=watched(action.run, "action", turns), reconcile=look_up)


def _info(info: AddOnInfo, turns: list[Turn]) -> AddOnInfo:
    lists = {name: watched(function, f"list {name}", turns) for name, function in info.options.items()}
    return replace(info, options=lists, check=watched(info.check, "check", turns) if info.check else None)


_asked: WeakSet[Callable[..., Awaitable[Any]]] = WeakSet()


def has_asked(function: Callable[..., Awaitable[Any]]) -> bool:
    """Whether this function of the plugin's has ever asked the vendor anything. Some lists are written down and never do."""
    return function in _asked


def watched(function: Callable[..., Awaitable[Any]], what: str, turns: list[Turn]) -> Callable[..., Awaitable[Any]]:
    """The function, with a turn written down for every call."""
    call = _of_three if what in ("action", "look-up") else _of_one
    return functools.wraps(function)(call(function, what, turns))


def _of_three(function: Callable[..., Awaitable[Any]], what: str, turns: list[Turn]) -> Callable[..., Awaitable[Any]]:
    async def call(vendor: Any, step: Any, contact: Any) -> Any:
        return await _turn(turns, what, vendor, lambda spy: function(spy, step, contact))

    return call


def _of_one(function: Callable[..., Awaitable[Any]], what: str, turns: list[Turn]) -> Callable[..., Awaitable[Any]]:
    async def call(vendor: Any) -> Any:
        try:
            return await _turn(turns, what, vendor, function)
        finally:
            if turns[-1].asked:
                _asked.add(function)

    return call


async def _turn(turns: list[Turn], what: str, vendor: Any, call: Callable[[SpyVendor], Awaitable[Any]]) -> Any:
    turn = Turn(what)
    turns.append(turn)
    mark, begun = inside.set(True), time.perf_counter()
    try:
        turn.returned = await call(SpyVendor(vendor, turn))
        return turn.returned
    except BaseException as trouble:
        turn.error = trouble
        raise
    finally:
        turn.seconds += time.perf_counter() - begun
        turn.wire = getattr(vendor, "wire", None)
        inside.reset(mark)


def watched_pull(trigger: Trigger, turns: list[Turn]) -> Trigger:
    """The trigger, with a turn written down for every pull."""

    async def pull(vendor: Any, since: Any, cursor: Any) -> AsyncIterator[Any]:
        turn = Turn("trigger", returned=[])
        turns.append(turn)
        mark, begun = inside.set(True), time.perf_counter()
        try:
            async for page in trigger.pull(SpyVendor(vendor, turn), since, cursor):
                turn.seconds += time.perf_counter() - begun
                turn.returned.append(page)
                yield page
                inside.set(True)  # each page is asked for in a task of its own, which knows nothing of the one before
                begun = time.perf_counter()
        except Exception as trouble:
            turn.error = trouble
            raise
        finally:
            with suppress(ValueError):
                inside.reset(mark)

    return replace(trigger, pull=pull)
