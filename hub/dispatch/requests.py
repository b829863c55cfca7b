"""A request frozen as bytes: what is written down before it leaves, and sent again unchanged.

The credential is not part of it. It is added at the last moment from the connection as it then is, so that a stored request
holds no secret of the vendor's, and a key that was changed meanwhile does not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from hub.core.auth import Signed
from hub.core.effects import Effect, EffectClass
from hub.core.endpoints import Bytes, Endpoint, RawRequest


@dataclass(frozen=True, slots=True)
class FrozenRequest:
    """One request without its credential."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""

    @property
    def digest(self) -> str:
        """SHA-256 over everything that makes two requests the same to a vendor."""
        seen = [self.method, self.url, sorted(self.headers), self.content.hex()]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """For storage."""
        content = self.content.decode("latin-1")
        return {
            "method": self.method,
            "url": self.url,
            "headers": [list(one) for one in self.headers],
            "content": content,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FrozenRequest:
        """From storage."""
        headers = tuple((str(name), str(value)) for name, value in data["headers"])
        return cls(data["method"], data["url"], headers, data["content"].encode("latin-1"))

    def signed(self, signature: Signed, key: Mapping[str, str]) -> FrozenRequest:
        """With the credential and the idempotency key put in, ready to leave."""
        glue = "&" if "?" in self.url else "?"
        url = f"{self.url}{glue}{urlencode(signature.query)}" if signature.query else self.url
        return FrozenRequest(self.method, url, (*self.headers, *signature.headers.items(), *key.items()), self.content)


@dataclass(frozen=True, slots=True)
class Intent:
    """A worker's wish to send an irreversible request, to be written down first.

    Attributes:
        run_id, fence: which run, and the proof that it is ours.
        request: the bytes.
        effect, effect_class: what a second sending would do.
        key: the reference the vendor sees.
        deadline: how long the whole exchange may take.
        connection_id, interval, tolerance: the shared rate of the connection, if it has one.
        plugin_version: recorded with the attempt.
        retry: an earlier try of the step left, or failed to, and nobody asked for this one.
        at_once: how many may be out at the same time over the connection; 0 is any number.
        quota: whose tries the store counts by the day, as the job says.
    """

    run_id: Any
    fence: int
    request: FrozenRequest
    effect: Effect
    effect_class: EffectClass
    key: str
    deadline: timedelta
    connection_id: int | None = None
    interval: timedelta | None = None
    tolerance: timedelta = timedelta(0)
    plugin_version: str = ""
    retry: bool = False
    at_once: int = 0
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """It is written down; the request may leave. ``request`` is the one of the first attempt, if there was one."""

    attempt: int
    request: FrozenRequest


@dataclass(frozen=True, slots=True)
class Denied:
    """It must not leave.

    Attributes:
        fenced: the run is no longer ours; say nothing more about it.
        code, sentence: the hold's cause otherwise.
        seconds: try again after this many seconds; None waits for the cause to go.
    """

    fenced: bool = False
    code: str = ""
    sentence: str = ""
    seconds: float | None = None


def build(base_url: str, endpoint: Endpoint[Any], body: Any, parameters: Mapping[str, Any]) -> FrozenRequest:
    """Make the request a declared call stands for.

    Raises:
        TypeError: the body or a path parameter is not what the endpoint declared.
    """
    if endpoint.open:
        return _open(endpoint, body)
    url = base_url + _path(endpoint, parameters)
    query = {name: _text(value) for name, value in parameters.items()
             if name not in endpoint.path_names and value is not None}  # fmt: skip
    url = f"{url}?{urlencode(query)}" if query else url
    content, kind = _body(endpoint, body)
    headers = [("Accept", _accept(endpoint)), *endpoint.headers.items()] + ([("Content-Type", kind)] if kind else [])
    return FrozenRequest(endpoint.method, url, tuple(headers), content)


def _open(endpoint: Endpoint[Any], body: Any) -> FrozenRequest:
    if not isinstance(body, RawRequest):
        raise TypeError(f"{endpoint.label} takes a RawRequest, not a {type(body).__name__}")
    return FrozenRequest(body.method.upper(), body.url, tuple(body.headers.items()), body.content)


def _accept(endpoint: Endpoint[Any]) -> str:
    return "*/*" if endpoint.answer is bytes else "application/json"


def _path(endpoint: Endpoint[Any], parameters: Mapping[str, Any]) -> str:
    path = endpoint.path
    for name in endpoint.path_names:
        if name not in parameters:
            raise TypeError(f"{endpoint.label} needs {name}=")
        path = path.replace("{" + name + "}", _segment(endpoint, name, parameters[name]))
    return path


def _segment(endpoint: Endpoint[Any], name: str, value: Any) -> str:
    """A value that is empty or a dot would name another path: ``DELETE /contacts/`` instead of one contact."""
    text = "" if value is None else str(value)
    if not text.strip(". "):
        raise TypeError(f"{endpoint.label} needs a {name} that is more than dots and spaces")
    return quote(text, safe="")


def _body(endpoint: Endpoint[Any], body: Any) -> tuple[bytes, str]:
    if endpoint.body is None:
        if body is not None:
            raise TypeError(f"{endpoint.label} takes no body")
        return b"", ""
    if not isinstance(body, endpoint.body) or not isinstance(body, BaseModel):
        raise TypeError(f"{endpoint.label} takes a {endpoint.body.__name__}, not a {type(body).__name__}")
    if endpoint.encode == "form":
        fields = {name: _text(value) for name, value in body.model_dump(mode="json", by_alias=True).items()
                  if value is not None}  # fmt: skip
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"
    written = body.model_dump_json(by_alias=True)
    if endpoint.encode == "bytes":  # read from JSON, for the body may come out of a plugin's own process
        plain = Bytes.model_validate_json(written)
        return plain.content, plain.kind
    return written.encode(), "application/json"


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
