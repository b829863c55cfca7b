"""Tokens of a guest's, which any step may mention: filled in threads, never in an event loop, where others stand behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from hub.core.errors import Unreachable
from hub.core.facts import Account, Contact
from hub.core.guard import PAGE_SECONDS
from hub.core.outcomes import Wait
from hub.core.registry import Plugin, Registry
from hub.core.tokens import TokenSet
from hub.dispatch.guests.guest import Guest
from hub.dispatch.guests.house import Guests

T = TypeVar("T")

AGAIN_SECONDS = 60.0
"""When a step comes again whose tokens did not come in time."""


class Elsewhere(Exception):
    """Raised within an event loop: this must be done in a thread, by :meth:`do`."""

    def __init__(self, guest: Guest) -> None:
        super().__init__("tokens of a guest are not filled in an event loop")
        self._guest = guest

    async def do(self, work: Callable[[], T]) -> T:
        """Do it in a thread of its own.

        Raises:
            Unreachable: it did not end in time, or too many threads wait for this guest already.
            Exception: what the work raised.
        """
        self._guest.enter("tokens")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        threading.Thread(target=self._work, args=(work, loop, done), name="hub-guest-tokens", daemon=True).start()
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                return await done
        except TimeoutError:
            words = f"The plugin {self._guest.name} did not fill its tokens within {PAGE_SECONDS:g} seconds."
            raise Unreachable(Wait(words, AGAIN_SECONDS)) from None

    def _work(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop, done: asyncio.Future[T]) -> None:
        try:
            value, trouble = work(), None
        except BaseException as raised:
            value, trouble = None, raised
        finally:
            self._guest.leave("tokens")
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(_told, done, value, trouble)


def _told(done: asyncio.Future[Any], value: Any, trouble: BaseException | None) -> None:
    """Unless nobody waits any more."""
    if done.done():
        return
    if trouble is None:
        done.set_result(value)
    else:
        done.set_exception(trouble)


class GuestValues:
    """Fills a set of tokens, wherever no event loop runs."""

    def __init__(self, values: Callable[[Contact, Account], Mapping[str, str]], guest: Guest) -> None:
        self._values, self._guest = values, guest

    def __call__(self, contact: Contact, account: Account) -> Mapping[str, str]:
        """Raises Elsewhere within an event loop."""
        if asyncio._get_running_loop() is not None:
            raise Elsewhere(self._guest)
        return self._values(contact, account)


def lodged(registry: Registry, guests: Guests) -> Registry:
    """The same registry, whose guests' tokens are never filled in an event loop. The claims are as they were."""
    return replace(registry, plugins={name: _lodged(plugin, guests) for name, plugin in registry.plugins.items()})


def _lodged(plugin: Plugin, guests: Guests) -> Plugin:
    guest = guests.lodge(plugin) if plugin.tokens else None
    if guest is None:
        return plugin
    return replace(plugin, tokens=tuple(TokenSet(one.tokens, GuestValues(one.values, guest)) for one in plugin.tokens))
