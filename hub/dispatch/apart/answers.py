"""Endpoints without their models: the host makes the call, the plugin's process reads the answer.

An endpoint's answer is a class of the plugin's, and so is its check of a good one. The host asks the child while the call is
still its own affair: before it is said whether the vendor acted. What the child cannot say is not readable, and a write without
a readable answer is unclear.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from hub.core import redact
from hub.core.endpoints import Endpoint, RawAnswer
from hub.dispatch.apart.papers import EndpointPaper
from hub.dispatch.classify import LONGEST_ERROR
from hub.dispatch.drift import Difference
from hub.dispatch.exchange import Answered, Exchange

if TYPE_CHECKING:
    from hub.dispatch.apart.passage import Passage


class AwayBody(BaseModel):
    """A body as the child wrote it, for the endpoint to send."""

    text: str = ""

    def model_dump_json(self, **more: Any) -> str:
        """As JSON: the child's own."""
        return self.text

    def model_dump(self, **more: Any) -> dict[str, Any]:
        """As a form is made of it."""
        data = json.loads(self.text)
        return data if isinstance(data, dict) else {}


class AwayAnswer:
    """An answer that lies in the child, read."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the child makes of an answer.

    Attributes:
        trouble: why it is not readable; None when it is.
        succeeded: what the endpoint's own check says.
    """

    trouble: BaseException | None = None
    succeeded: bool = True


Judge = Callable[[str, bytes], Awaitable[Judgement]]
"""``(what, content)``: *answer* or *refusal*."""


@dataclass(frozen=True)
class AwayEndpoint(Endpoint[Any]):
    """An endpoint of a plugin that runs apart.

    Attributes:
        number: its place among those the plugin declared.
        judge: asks the child; only within a call of the plugin's.
    """

    number: int = -1
    passage: Passage | None = field(default=None, compare=False, repr=False)
    judge: Judge | None = field(default=None, compare=False, repr=False)
    judged: Judgement | None = field(default=None, compare=False, repr=False)
    refused: Judgement | None = field(default=None, compare=False, repr=False)

    async def understood(self, result: Exchange) -> AwayEndpoint:
        """The same endpoint, knowing what the child makes of this answer."""
        if self.judge is None or not isinstance(result, Answered):
            return self
        made = await self._read(self.judge, result) if 200 <= result.status < 300 and not result.cut else self
        succeeded = made.judged is not None and made.judged.trouble is None and made.judged.succeeded
        return made if succeeded or self.refusal is None else await made._read_refusal(self.judge, result)

    async def _read(self, judge: Judge, result: Answered) -> AwayEndpoint:
        if self.answer is RawAnswer or (self.answer is None and self.success is None):
            return self
        judged = await judge("answer", result.content)
        check = (lambda _answer: judged.succeeded) if self.success else None
        return replace(self, judged=judged, success=check)

    async def _read_refusal(self, judge: Judge, result: Answered) -> AwayEndpoint:
        """Without secrets, as for every plugin: a vendor may repeat what it was sent."""
        if len(result.content) > LONGEST_ERROR:
            return self
        try:
            content = json.dumps(redact.data(json.loads(result.content))).encode()
        except (ValueError, RecursionError):
            return self
        return replace(self, refused=await judge("refusal", content))

    def differences(self, content: bytes) -> tuple[Difference, ...]:
        """How this answer differs from what the plugin declares; asked of the child, so not for an event loop."""
        said = self.passage.ask("differences", {"number": self.number}, content) if self.passage else []
        return _DIFFERENCES.validate_python(said)

    def parse(self, content: bytes) -> Any:
        return _kept(self.judged)

    def parse_refusal(self, data: Any) -> Any:
        return _kept(self.refused)


_DIFFERENCES = TypeAdapter(tuple[Difference, ...])


def _kept(judgement: Judgement | None) -> AwayAnswer:
    if judgement is None:
        raise LookupError("nobody has read it")
    if judgement.trouble is not None:
        raise judgement.trouble
    return AwayAnswer()


async def understood(endpoint: Endpoint[Any], result: Exchange) -> Endpoint[Any]:
    """An endpoint that can read this answer. That of a plugin in this process can anyway."""
    return await endpoint.understood(result) if isinstance(endpoint, AwayEndpoint) else endpoint


def stand_in(paper: EndpointPaper, number: int, passage: Passage) -> AwayEndpoint:
    """The endpoint that these papers declare."""
    from hub.dispatch.apart.rebuilding import meanings

    answers: dict[str, Any] = {"nothing": None, "raw": RawAnswer, "bytes": bytes}
    return AwayEndpoint(
        paper.method, paper.path, answers.get(paper.answer, AwayAnswer), _body(paper), paper.effect, paper.encode,
        (lambda _answer: False) if paper.checks else None, meanings(paper.errors), paper.deadline, paper.attested,
        paper.open, paper.max_body, paper.name, AwayAnswer if paper.refuses else None,
        headers=paper.headers, number=number, passage=passage,
    )  # fmt: skip


def _body(paper: EndpointPaper) -> Any:
    """A class of the same name, for the sentence about a body that does not fit."""
    from hub.core.endpoints import RawRequest

    if paper.open:
        return RawRequest
    return type(paper.body, (AwayBody,), {"__module__": __name__}) if paper.body else None
