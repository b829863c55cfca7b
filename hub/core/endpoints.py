"""Endpoints: what the vendor's API looks like, declared once.

From the declaration come the typed client, the time limits, the list of hosts that may be spoken to, the simulator of the
vendor that tests and the demo use, and the rule that no irreversible request leaves before it is written down. An endpoint
that is not a GET must say what a second sending would do (:mod:`hub.core.effects`); nothing said is an error at import.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar, cast

from pydantic import Base64Bytes, BaseModel, ConfigDict, TypeAdapter, ValidationError

from hub.core.durations import duration
from hub.core.effects import Effect
from hub.core.errors import DeclarationError
from hub.core.headers import check_headers
from hub.core.outcomes import Outcome

AnswerT = TypeVar("AnswerT")

DEADLINE = timedelta(seconds=30)
"""Wall time for one call, connect to last byte, unless the endpoint says otherwise."""

LONGEST_DEADLINE = timedelta(seconds=120)
"""No endpoint may ask for more: a worker's hold on a step must end."""

MAX_BODY = 10 * 1024 * 1024
"""Bytes of answer that are read from a declared vendor."""

MAX_OPEN_BODY = 256 * 1024
"""Bytes of answer that are read from an address an admin typed in."""

Encode = Literal["json", "form", "bytes"]
"""How a body is written."""

Errors = Mapping[int, type[Outcome]]
"""HTTP status → what it means: ``{402: NeedsAdmin, 422: Rejected}``."""


class Answer(BaseModel):
    """Base of what a vendor answers. Fields we do not know are ignored, for vendors add fields without asking."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class RawRequest:
    """The whole request for an open endpoint, whose address is not the add-on's but an admin's.

    Attributes:
        method: such as ``POST``.
        url: the full address; checked by the host against its rules for outgoing traffic.
        headers: names and values as the admin gave them.
        content: the body's bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


class RawAnswer(Answer):
    """An open endpoint's answer, cut to a size a person may read."""

    status: int
    text: str = ""
    content_type: str = ""


class Bytes(BaseModel):
    """A body that is no form and no JSON: a mail, a picture. For an endpoint with ``encode="bytes"``; make it with :meth:`of`.

    Attributes:
        kind: its ``Content-Type``.
        content: its bytes; written as base64 wherever it is written as JSON.
    """

    model_config = ConfigDict(frozen=True)
    kind: str
    content: Base64Bytes

    @classmethod
    def of(cls, kind: str, content: bytes) -> Bytes:
        """From plain bytes."""
        return cls(kind=kind, content=base64.b64encode(content))


@dataclass(frozen=True)
class Endpoint(Generic[AnswerT]):
    """One call of the vendor's API. Make it with ``addon.get``, ``addon.post`` and so on.

    Attributes:
        method: the HTTP method.
        path: below the add-on's base URL; ``{names}`` are filled from the call's keywords, the rest become the query.
        answer: the type of a good answer; parsing it is the proof that the call worked. ``bytes`` is the body as it is: a file.
        body: the type of the body, for writes.
        effect: what a second sending would do; None only for GET.
        encode: how the body is written; ``bytes`` for a body of :class:`Bytes`.
        success: a further check on the parsed answer, for vendors that say no with status 200.
        errors: statuses with a meaning of their own, on top of the add-on's.
        refusal: the type of an answer that says no; what it reads is ``Refused.answer``.
        plain: an answer that is no JSON is handed to ``answer`` as text. For vendors that say no in plain words with status 200;
            the answer's model must refuse every text that it does not know, or a proxy's page counts as a success.
        headers: of every such call, such as ``{"Prefer": "respond-async"}``. No place for a credential.
        deadline: wall time for the whole call.
        attested: False where the vendor's public papers do not show this call; the name then says *assumed* everywhere.
        open: the address is given with each call (:class:`RawRequest`) instead of by the add-on.
        max_body: bytes of answer that are read.
    """

    method: str
    path: str
    answer: Any
    body: Any = None
    effect: Effect | None = None
    encode: Encode = "json"
    success: Callable[[Any], bool] | None = None
    errors: Errors = field(default_factory=dict)
    deadline: timedelta = DEADLINE
    attested: bool = True
    open: bool = False
    max_body: int = MAX_BODY
    name: str = ""
    refusal: Any = None
    plain: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_headers(self.headers)
        if self.method != "GET" and self.effect is None:
            raise DeclarationError(
                f"{self.label} writes, so it must say effect=repeatable(), keyed(…) or once(…): "
                "what would a second sending of the same request do?"
            )
        if self.method == "GET" and self.effect is not None:
            raise DeclarationError(f"{self.label} only reads, so it has no effect=")
        if not timedelta(0) < self.deadline <= LONGEST_DEADLINE:
            raise DeclarationError(f"{self.label}: a deadline is more than nothing and at most 120 s")

    @property
    def label(self) -> str:
        """``POST /cards``, for people and logs: never the full URL, which may hold a key."""
        return f"{self.method} {self.path}" if not self.open else f"{self.method} (the step's own address)"

    @property
    def writes(self) -> bool:
        """Whether the call may change something at the vendor."""
        return self.effect is not None

    @property
    def path_names(self) -> tuple[str, ...]:
        """The placeholders in the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    def parse(self, content: bytes) -> AnswerT:
        """Read an answer.

        Raises:
            pydantic.ValidationError: it is not what the endpoint declared.
        """
        if self.answer is bytes:
            return cast(AnswerT, content)
        adapter = _adapter(self.answer)
        try:
            return cast(AnswerT, adapter.validate_json(content))
        except ValidationError as trouble:
            if not self.plain or trouble.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid":
                raise
        return cast(AnswerT, adapter.validate_python(content.decode("utf-8", "replace").strip()))

    def parse_refusal(self, data: Any) -> Any:
        """Read what a vendor says with its *no*.

        Args:
            data: as JSON gives it.

        Raises:
            pydantic.ValidationError: it is not what the endpoint declared.
        """
        return _adapter(self.refusal).validate_python(data)


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(type_: Any) -> TypeAdapter[Any]:
    """Building an adapter costs a hundred times what using it does."""
    key = type_ if isinstance(type_, type) else (repr(type_), id(type_))
    if key not in _adapters:
        _adapters[key] = TypeAdapter(type_)
    return _adapters[key]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls a vendor allows, for one credential over all workers.

    Args:
        calls: how many.
        per: in which time, such as ``"minute"``, ``"second"``, ``"10s"``.
        burst: how many may leave at once; one tenth of ``calls`` where nothing is said, at least one.
    """

    calls: int
    per: str = "minute"
    burst: int = 0

    @property
    def interval(self) -> timedelta:
        """The time one call uses up."""
        span = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
        return (span.get(self.per) or duration(self.per)) / self.calls

    @property
    def tolerance(self) -> timedelta:
        """How far ahead of an even spacing calls may run."""
        return self.interval * (max(1, self.burst or self.calls // 10) - 1)
