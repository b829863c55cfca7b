"""One call of a plugin's function, from the host's side of the door.

While the function runs, the child asks for calls of the vendor. They are made here, in the task and the context of whoever called
the function, by the vendor that was handed in, so that nothing of what the host keeps, counts, stops or refuses is passed by.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from hub.core import mail_post
from hub.core.endpoints import Endpoint, RawRequest
from hub.core.errors import VendorFault
from hub.dispatch.apart.answers import AwayAnswer, AwayBody, AwayEndpoint, Judgement
from hub.dispatch.apart.coding import Unreadable, pack, pack_error, stranger, unpack, unpack_error, unpack_refusals
from hub.dispatch.apart.frames import Frame
from hub.dispatch.apart.passage import Passage
from hub.dispatch.apart.process import ProcessEnded

JUDGE_SECONDS = 10.0
"""How long the child may take to read an answer. After that it counts as not readable."""

MOST_CALLS = 64
"""Calls of the vendor that one function may have out at a time."""

POSTS = {
    one.path: one for one in (mail_post.SEND, mail_post.FIND, mail_post.SIGN_IN, mail_post.LETTERS, mail_post.WAIT)
}


class Call:
    """It belongs to the loop it was made in."""

    def __init__(self, passage: Passage, endpoints: tuple[AwayEndpoint, ...], vendor: Any) -> None:
        self._door, self._passage, self._vendor = passage.door, passage, vendor
        self._places: dict[Any, Endpoint[Any]] = {**POSTS, **dict(enumerate(endpoints))}
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._number = 0
        self._came: asyncio.Queue[Frame | ProcessEnded] = asyncio.Queue()
        self._carried: dict[asyncio.Task[None], bool] = {}
        self._judging: dict[tuple[int, str], asyncio.Future[Frame]] = {}
        self._faults: dict[int, VendorFault] = {}
        self._ended = self._returned_once = False

    async def begin(self, what: str, name: str, given: Mapping[str, Any]) -> None:
        """Have the child call the function.

        Raises:
            Unreachable: the process rests after it has died.
        """
        vendor = self._vendor
        head = {
            "kind": "do", "plugin": self._passage.plugin, "what": what, "name": name, "given": given,
            "settings": vendor.settings.crossing(), "ref": vendor.ref, "now": vendor.now.isoformat(),
        }  # fmt: skip
        begun = asyncio.wrap_future(self._door.begin(head, self))
        try:
            self._number = await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(self._unwanted)
            raise

    def _unwanted(self, begun: asyncio.Future[int]) -> None:
        """It was begun when nobody waited any more."""
        if not begun.cancelled() and begun.exception() is None:
            self._number = begun.result()
            self.stop()

    async def value(self) -> Any:
        """What the function returned. Raises what it raised.

        Raises:
            ProcessEnded: the process ended meanwhile.
        """
        try:
            came = await self._came.get()
        except asyncio.CancelledError:
            self.stop()
            raise
        if isinstance(came, ProcessEnded):
            raise came
        return came

    async def result(self) -> Any:
        """The value of a function that returns one."""
        frame = await self.value()
        self._over()
        return self._returned(frame)

    async def page(self) -> tuple[bool, Any]:
        """The generator's next page: whether there is one, and it."""
        self._say("next")
        frame = await self.value()
        if frame.kind == "page":
            return True, unpack(frame.head.get("value"))
        self._over()
        return False, self._returned(frame)

    def _returned(self, frame: Frame) -> Any:
        error = frame.head.get("error")
        if error is None:
            return unpack(frame.head.get("value"))
        known = self._faults.get(error["call"]) if isinstance(error, dict) and "call" in error else None
        raise known or unpack_error(error)

    def stop(self) -> None:
        """Nobody waits any longer. The child says when it has stopped, or its process ends."""
        if not self._ended and self._number:
            self._ended = True
            self._door.stop(self._number)
            self._let_go()

    def _over(self) -> None:
        """The function has ended."""
        self._ended = self._returned_once = True
        self._let_go()
        self._end_line()

    def _let_go(self) -> None:
        """Nobody waits for what was read. A write that is out goes on, and its answer is still to be read by the child."""
        for task, writes in self._carried.items():
            if not writes:
                task.cancel()

    def _end_line(self) -> None:
        """The child forgets the call when nothing of it is left to be done there."""
        if self._returned_once and not self._carried:
            self._say("over")

    def _say(self, kind: str, blob: bytes = b"", **more: Any) -> None:
        self._door.say(self._number, kind, blob, **more)

    # --- what comes --------------------------------------------------------------------------------------------

    def heard(self, frame: Frame) -> None:
        """From the doors' loop into ours."""
        self._soon(self._take, frame)

    def lost(self, reason: str) -> None:
        """The process is gone, and with it whoever could read an answer."""
        self._soon(self._forsaken, ProcessEnded(reason))

    def _soon(self, call: Callable[..., None], *given: Any) -> None:
        """In the context of whoever called the function. A loop that is closed has nobody left who waits."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *given, context=self._context)

    def _forsaken(self, why: ProcessEnded) -> None:
        self._came.put_nowait(why)
        for future in self._judging.values():
            if not future.done():
                future.set_exception(why)
        self._let_go()

    def _take(self, frame: Frame) -> None:
        self._number = frame.head["id"]
        if frame.kind == "call":
            self._carry(frame)
        elif frame.kind == "judged":
            self._hear_judgement(frame)
        elif self._ended:  # it has stopped, as it was told to
            self._returned_once = True
            self._end_line()
        elif self._came.empty():
            self._came.put_nowait(frame)
        else:
            self._door.end("it answers more often than it is asked")

    def _hear_judgement(self, frame: Frame) -> None:
        future = self._judging.get((frame.head.get("call", 0), str(frame.head.get("what"))))
        if future is None or future.done():
            self._door.end("it reads answers that nobody gave it")
        else:
            future.set_result(frame)

    def _carry(self, frame: Frame) -> None:
        if len(self._carried) >= MOST_CALLS:
            self._door.end(f"it has more than {MOST_CALLS} calls out at a time")
            return
        try:
            asked = self._asked(frame)
        except Unreadable:
            self._door.end("it asked for a call that is none")
            return
        task = self._loop.create_task(self._made(frame.head["call"], *asked))
        self._carried[task] = asked[0].writes
        task.add_done_callback(self._carried_out)

    def _carried_out(self, task: asyncio.Task[None]) -> None:
        del self._carried[task]
        self._end_line()

    async def _made(self, number: int, endpoint: Endpoint[Any], body: Any, words: Mapping[str, Any]) -> None:
        """Make a call of the vendor, and tell the child what it came to."""
        try:
            if isinstance(endpoint, AwayEndpoint):
                endpoint = replace(endpoint, judge=partial(self._judge, number))
            answer = await self._vendor(endpoint, body, **words)
        except VendorFault as fault:
            self._faults[number] = fault
            self._say("told", call=number, error=pack_error(fault))
        except Exception as trouble:
            self._say("told", call=number, error=pack_error(trouble))
        else:
            more = {} if isinstance(answer, AwayAnswer) else {"answer": pack(answer)}
            self._say("told", call=number, **more)

    def _asked(self, frame: Frame) -> tuple[Endpoint[Any], Any, dict[str, Any]]:
        head, place = frame.head, frame.head.get("endpoint")
        words = head.get("parameters")
        if (
            not isinstance(head.get("call"), int)
            or not isinstance(words, dict)
            or not all(_is_word(value) for value in words.values())
        ):
            raise Unreadable("parameters that are none")
        try:
            endpoint = self._places[place]
            return endpoint, _body(endpoint, frame), words
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            raise Unreadable("a call that is none") from None

    async def _judge(self, number: int, what: str, content: bytes) -> Judgement:
        """Ask the child about an answer. What it cannot say in time is not readable."""
        future = self._judging[number, what] = self._loop.create_future()
        self._say("judge", content, call=number, what=what)
        try:
            frame = await asyncio.wait_for(future, JUDGE_SECONDS)
            return _judgement(frame)
        except (TimeoutError, ProcessEnded, Unreadable) as trouble:
            return Judgement(trouble)
        finally:
            del self._judging[number, what]


def _judgement(frame: Frame) -> Judgement:
    if "refusals" in frame.head:
        return Judgement(unpack_refusals("answer", frame.head["refusals"]))
    if "error" in frame.head:
        return Judgement(unpack_error(frame.head["error"]))
    return Judgement(succeeded=frame.head.get("succeeded") is True)


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool | str)


def _body(endpoint: Endpoint[Any], frame: Frame) -> Any:
    """The body for the host's endpoint; for one that does not fit, something of its name, which the host then refuses."""
    head = frame.head
    if "misfit" in head:
        return stranger(head["misfit"])
    if "raw" in head:
        raw = head["raw"]
        headers = {str(name): str(value) for name, value in raw["headers"].items()}
        return RawRequest(str(raw["method"]), str(raw["url"]), headers, frame.blob)
    if not head.get("body"):
        return None
    if isinstance(endpoint, AwayEndpoint) and issubclass(endpoint.body, AwayBody):
        return endpoint.body(text=frame.blob.decode())
    return endpoint.body.model_validate_json(frame.blob)
