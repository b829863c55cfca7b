"""The plugin's functions as the host calls them: coroutines and generators like any plugin's, carried out behind the door
(:mod:`~hub.dispatch.apart.call`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from hub.core.vendor import Vendor
from hub.dispatch.apart.answers import AwayEndpoint
from hub.dispatch.apart.call import Call
from hub.dispatch.apart.coding import Unreadable, unpack
from hub.dispatch.apart.passage import Passage


class Functions:
    """Makes the functions of one plugin.

    Args:
        endpoints: as the host knows them.
    """

    def __init__(self, passage: Passage, endpoints: tuple[AwayEndpoint, ...]) -> None:
        self._passage, self._endpoints = passage, endpoints

    async def _call(self, what: str, name: str, vendor: Vendor, given: Mapping[str, Any]) -> Any:
        call = Call(self._passage, self._endpoints, vendor)
        await call.begin(what, name, given)
        return await call.result()

    async def _pages(self, what: str, name: str, vendor: Vendor, given: Mapping[str, Any]) -> AsyncIterator[Any]:
        call = Call(self._passage, self._endpoints, vendor)
        await call.begin(what, name, given)
        try:
            while (found := await call.page())[0]:
                yield found[1]
        finally:
            call.stop()

    def of_step(self, what: str, type_: str) -> Callable[..., Awaitable[Any]]:
        """An action's function, or its look-up."""

        async def step_of_plugin(vendor: Any, step: Any, contact: Any) -> Any:
            given = {"step": step.crossing(), "contact": contact.model_dump(mode="json")}
            return await self._call(what, type_, vendor, given)

        return step_of_plugin

    def of_account(self, what: str, name: str = "") -> Callable[..., Awaitable[Any]]:
        """The connection test, or a live list."""

        async def question_of_plugin(vendor: Any) -> Any:
            return await self._call(what, name, vendor, {})

        return question_of_plugin

    def of_trigger(self, name: str) -> Callable[..., AsyncIterator[Any]]:
        """A pull."""

        async def pull_of_plugin(vendor: Any, since: Any, cursor: Any) -> AsyncIterator[Any]:
            given = {"since": since and since.isoformat(), "cursor": cursor}
            async for page in self._pages("pull", name, vendor, given):
                yield page

        return pull_of_plugin

    def sending(self, name: str) -> Callable[..., Awaitable[Any]]:
        """A mailer's own way to send."""

        async def send_of_plugin(vendor: Any, message: Any) -> Any:
            return await self._call("send", name, vendor, {"message": message.model_dump(mode="json")})

        return send_of_plugin

    def finding(self, name: str) -> Callable[..., Awaitable[Any]]:
        """A mailer's own look-up."""

        async def find_of_plugin(vendor: Any, message_id: Any) -> Any:
            return await self._call("find", name, vendor, {"message_id": message_id})

        return find_of_plugin

    def reading(self, name: str) -> Callable[..., AsyncIterator[Any]]:
        """A mailer's own way to read."""

        async def read_of_plugin(vendor: Any, cursor: Any) -> AsyncIterator[Any]:
            crossing = cursor.model_dump(mode="json") if hasattr(cursor, "model_dump") else cursor
            async for page in self._pages("read", name, vendor, {"cursor": crossing}):
                yield page

        return read_of_plugin

    def tokens(self, number: int) -> Callable[[Any, Any], Mapping[str, str]]:
        """The values of a set of tokens."""
        return AwayValues(self._passage, number)


class AwayValues:
    """Fills a set of tokens behind the door. Not for an event loop.

    Attributes:
        passage: to where the plugin runs.
    """

    def __init__(self, passage: Passage, number: int) -> None:
        self.passage, self._number = passage, number

    def __call__(self, contact: Any, account: Any) -> Mapping[str, str]:
        facts = {"contact": contact.model_dump(mode="json"), "account": account.model_dump(mode="json")}
        found = unpack(self.passage.ask("tokens", {"number": self._number, **facts}))
        if not isinstance(found, dict):
            raise Unreadable(f"tokens that are a {type(found).__name__}")
        return found
