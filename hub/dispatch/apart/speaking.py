"""``vendor`` in the plugin's process: it asks the host for each call and waits.

An endpoint is named by its place among those that were declared. Its body is written here, where its model is; what comes back is
read here (:meth:`Conversation.judged`), kept, and handed to the plugin when the host has said what the call came to.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.core.endpoints import Endpoint, RawRequest
from hub.core.errors import Refused, VendorFault
from hub.core.mail_post import by_post
from hub.core.vendor import Vendor
from hub.dispatch.apart.coding import FAULTS, pack_error, pack_refusals, unpack, unpack_error

Say = Callable[..., None]
"""``(kind, blob, **more)``: sends a frame about this conversation."""


class Conversation:
    """The calls of one function of the plugin's.

    Args:
        endpoints: those the add-on declared, in their order.
    """

    def __init__(self, endpoints: tuple[Endpoint[Any], ...], say: Say) -> None:
        self._endpoints, self._say = endpoints, say
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[Endpoint[Any], asyncio.Future[Any]]] = {}
        self._answers: dict[int, Any] = {}
        self._refusals: dict[int, Any] = {}

    async def ask(self, endpoint: Endpoint[Any], body: Any, parameters: Mapping[str, Any]) -> Any:
        """Have the host make a call."""
        head, blob = self._spoken(endpoint, body, parameters)
        number, future = next(self._numbers), asyncio.get_running_loop().create_future()
        self._waiting[number] = endpoint, future
        self._say("call", blob, call=number, **head)
        return await future

    def _spoken(
        self, endpoint: Endpoint[Any], body: Any, parameters: Mapping[str, Any]
    ) -> tuple[dict[str, Any], bytes]:
        place = endpoint.path if by_post(endpoint) else self._place(endpoint)
        words = {name: _word(value) for name, value in parameters.items()}
        head: dict[str, Any] = {"endpoint": place, "parameters": words}
        if endpoint.open and isinstance(body, RawRequest):
            raw = {"method": body.method, "url": body.url, "headers": {k: str(v) for k, v in body.headers.items()}}
            return {**head, "raw": raw}, bytes(body.content)
        if body is None:
            return head, b""
        if endpoint.body is None or not isinstance(body, endpoint.body) or not isinstance(body, BaseModel):
            return {**head, "misfit": type(body).__name__[:100]}, b""
        return {**head, "body": True}, _written(endpoint, body)

    def _place(self, endpoint: Endpoint[Any]) -> int:
        same = next((n for n, one in enumerate(self._endpoints) if one is endpoint), None)
        equal = (
            same if same is not None else next((n for n, one in enumerate(self._endpoints) if one == endpoint), None)
        )
        if equal is None:
            raise TypeError(f"{endpoint.label} is not among the endpoints this add-on declares")
        return equal

    def judged(self, frame: Mapping[str, Any], content: bytes) -> dict[str, Any]:
        """Read an answer, or what a vendor says with its *no*; keep it, and say whether it could be read."""
        number = frame["call"]
        endpoint = self._waiting[number][0]
        try:
            if frame["what"] == "refusal":
                self._refusals[number] = endpoint.parse_refusal(json.loads(content))
                return {}
            nothing = endpoint.answer is None or endpoint.answer is type(None)
            answer = self._answers[number] = None if nothing else endpoint.parse(content)
            return {"succeeded": endpoint.success is None or bool(endpoint.success(answer))}
        except ValidationError as trouble:
            return {"refusals": pack_refusals(trouble)}
        except BaseException as trouble:  # the models and the check are the plugin's, and may raise anything
            return {"error": pack_error(trouble)}

    def told(self, frame: Mapping[str, Any]) -> None:
        """What a call came to."""
        number = frame["call"]
        _endpoint, future = self._waiting.pop(number)
        answer, refusal = self._answers.pop(number, None), self._refusals.pop(number, None)
        if future.done():  # the plugin did not wait for it
            return
        if "error" in frame:
            future.set_exception(_error(frame["error"], number, refusal))
        else:
            future.set_result(unpack(frame["answer"]) if "answer" in frame else answer)

    def end(self) -> None:
        """The function has ended, and with it whatever it left waiting."""
        for _endpoint, future in self._waiting.values():
            future.cancel()


def _written(endpoint: Endpoint[Any], body: BaseModel) -> bytes:
    if endpoint.encode == "form":
        return json.dumps(body.model_dump(mode="json", by_alias=True)).encode()
    return body.model_dump_json(by_alias=not by_post(endpoint)).encode()


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)


def _error(data: Mapping[str, Any], number: int, refusal: Any) -> BaseException:
    """The fault as the host has it. One that the plugin lets through goes home by its number, with all it holds."""
    fault = unpack_error(data)
    if not isinstance(fault, VendorFault):
        return TypeError(str(fault)) if data["name"] == "TypeError" else fault
    if isinstance(fault, Refused):
        fault = Refused(fault.outcome, fault.status, refusal)
    fault.of_call = number, fault.outcome  # type: ignore[attr-defined]
    return fault


def its_call(trouble: BaseException) -> int | None:
    """The call whose fault this is, unchanged."""
    number, outcome = getattr(trouble, "of_call", (None, None))
    kept = type(trouble) in FAULTS.values() and getattr(trouble, "outcome", None) is outcome
    return number if kept else None


class ChildVendor(Vendor):
    """One connection's way out, for one call of the plugin."""

    def __init__(self, talk: Conversation, settings: Any, ref: str, now: datetime) -> None:
        self.settings, self.ref, self.now = settings, ref, now
        self._talk = talk

    async def __call__(self, endpoint: Endpoint[Any], body: Any = None, /, **parameters: Any) -> Any:
        return await self._talk.ask(endpoint, body, parameters)
