"""What the plugin's process can be asked to do: its functions by their places, each call in a task or a thread of its own.

Functions that speak to a vendor are coroutines and run in the loop, side by side. What a page waits for (a form's check, a
webhook's handler, tokens) is plain code, and runs in a thread, so that it holds up nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub.core.actions import Action
from hub.core.facts import Account, Contact
from hub.core.mail import Message
from hub.core.mail_post import Cursor
from hub.core.records import Trigger, Webhook
from hub.core.registry import Plugin
from hub.core.settings import Settings
from hub.dispatch.apart.coding import pack, pack_error, pack_refusals, unpack
from hub.dispatch.apart.frames import Frame
from hub.dispatch.apart.speaking import ChildVendor, Conversation, its_call

Send = Callable[[Mapping[str, Any], bytes], None]


class Job:
    """One call of an async function or generator of the plugin's."""

    def __init__(self, number: int, plugin: Plugin, frame: Frame, send: Send) -> None:
        self._number, self._plugin, self._head, self._send = number, plugin, frame.head, send
        self.talk = Conversation(plugin.info.endpoints, self._say)
        self._generator: AsyncIterator[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    def _say(self, kind: str, blob: bytes = b"", **more: Any) -> None:
        self._send({"kind": kind, "id": self._number, **more}, blob)

    def begin(self) -> None:
        """Call the function; or make the generator, whose pages are asked for one by one."""
        if self._head["what"] not in ("pull", "read"):
            self._task = asyncio.ensure_future(self._caught(self._call))

    def next(self) -> None:
        """Ask the generator for its next page."""
        self._task = asyncio.ensure_future(self._caught(self._page))

    def stop(self) -> None:
        """The host does not wait any longer."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        elif self._generator is not None:
            self._task = asyncio.ensure_future(self._closed())
        else:
            self._say("did", value=None)

    async def _closed(self) -> None:
        closing = getattr(self._generator, "aclose", None)
        try:
            if closing is not None:
                await closing()
        except BaseException as trouble:
            self._say("did", error=pack_error(trouble))
        else:
            self._say("did", value=None)

    async def _caught(self, work: Callable[[], Awaitable[None]]) -> None:
        """SystemExit in a task would end the loop for all others."""
        try:
            await work()
        except BaseException as trouble:
            call = its_call(trouble)
            self._say("did", error={"call": call} if call else pack_error(trouble))

    async def _call(self) -> None:
        self._say("did", value=pack(await self._function()))

    async def _page(self) -> None:
        if self._generator is None:
            self._generator = aiter(self._function())
        try:
            page = await anext(self._generator)
        except StopAsyncIteration:
            self._say("did", value=None)
        else:
            self._say("page", value=pack(page))

    def _function(self) -> Any:
        """The function with its arguments, called."""
        head, info = self._head, self._plugin.info
        vendor = ChildVendor(
            self.talk, restored(info.settings, head["settings"]), head["ref"], datetime.fromisoformat(head["now"])
        )
        given, what, name = head["given"], head["what"], head["name"]
        if what in ("action", "reconcile"):
            action = self._action(name)
            function: Any = action.run if what == "action" else action.reconcile
            return function(vendor, restored(action.settings, given["step"]), Contact.model_validate(given["contact"]))
        if what == "pull":
            since = given["since"] and datetime.fromisoformat(given["since"])
            return self._trigger(name).pull(vendor, since, given["cursor"])
        if what in ("send", "find", "read"):
            return self._mail(what, name)(vendor, *_letter(what, given))
        asked: Any = info.check if what == "check" else info.options[name]
        return asked(vendor)

    def _action(self, type_: str) -> Action:
        return next(action for action in self._plugin.actions if action.type == type_)

    def _trigger(self, name: str) -> Trigger:
        return next(way for way in self._plugin.ways_in if isinstance(way, Trigger) and way.name == name)

    def _mail(self, what: str, name: str) -> Any:
        return getattr(next(mailer for mailer in self._plugin.mailers if mailer.name == name), what)


def _letter(what: str, given: Mapping[str, Any]) -> tuple[Any]:
    if what == "send":
        return (Message.model_validate(given["message"]),)
    if what == "find":
        return (given["message_id"],)
    cursor = given["cursor"]
    return (Cursor.model_validate(cursor) if isinstance(cursor, dict) else cursor,)


def restored(model: type[Settings], given: Mapping[str, Any]) -> Settings:
    """The settings as the plugin's own model, tokens filled."""
    made = model.model_validate(given["stored"])
    filled = {name: unpack(value) for name, value in given["filled"].items()}
    return made.model_copy(update=filled) if filled else made


# --- plain code, in threads --------------------------------------------------------------------------------------


def answer(plugin: Plugin, frame: Frame, send: Send) -> None:
    """Begin to answer a question in a thread of its own."""
    thread = threading.Thread(target=partial(_answered, plugin, frame, send), name="hub-plugin-asked", daemon=True)
    try:
        thread.start()
    except RuntimeError as trouble:  # its memory is used up
        send({"kind": "said", "id": frame.head["id"], "error": pack_error(trouble)}, b"")


def _answered(plugin: Plugin, frame: Frame, send: Send) -> None:
    head = frame.head
    try:
        said: dict[str, Any] = {"value": _QUESTIONS[head["what"]](plugin, head["given"], frame.blob)}
    except ValidationError as trouble:
        said = {"value": {"refusals": pack_refusals(trouble)}}
    except BaseException as trouble:
        said = {"error": pack_error(trouble)}
    send({"kind": "said", "id": head["id"], **said}, b"")


def _form(plugin: Plugin, given: Mapping[str, Any], _blob: bytes) -> Any:
    what, *name = given["place"]
    model = plugin.info.settings if what == "settings" else _of(plugin.actions, "type", name[0]).settings
    return {"stored": model.model_validate(given["values"]).model_dump(mode="json")}


def _payload(plugin: Plugin, given: Mapping[str, Any], _blob: bytes) -> Any:
    webhook, payload = _parsed(plugin, given)
    return {"key": pack(getattr(payload, webhook.dedupe, ""))}


def _handle(plugin: Plugin, given: Mapping[str, Any], _blob: bytes) -> Any:
    webhook, payload = _parsed(plugin, given)
    return pack(webhook.handle(payload))


def _parsed(plugin: Plugin, given: Mapping[str, Any]) -> tuple[Webhook, Any]:
    webhook: Webhook = _of([way for way in plugin.ways_in if isinstance(way, Webhook)], "name", given["name"])
    return webhook, TypeAdapter(webhook.payload).validate_python(given["data"])


def _tokens(plugin: Plugin, given: Mapping[str, Any], _blob: bytes) -> Any:
    contact, account = Contact.model_validate(given["contact"]), Account.model_validate(given["account"])
    return pack(plugin.tokens[given["number"]].values(contact, account))


def _differences(plugin: Plugin, given: Mapping[str, Any], blob: bytes) -> Any:
    from hub.dispatch.drift import differences

    found = differences(plugin.info.endpoints[given["number"]].answer, blob)
    return [{"kind": str(one.kind), "path": one.path, "detail": one.detail} for one in found]


_QUESTIONS: Mapping[str, Callable[[Plugin, Mapping[str, Any], bytes], Any]] = {
    "form": _form, "payload": _payload, "handle": _handle, "tokens": _tokens, "differences": _differences,
}  # fmt: skip


def _of(items: Any, attribute: str, name: str) -> Any:
    return next(item for item in items if getattr(item, attribute) == name)
