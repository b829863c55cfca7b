"""What a request says and what an answer is made of: the half of the simulator that knows HTTP.

Credentials are read as the add-on's ``auth`` would have written them, bodies are held against the declared model, and the
sender's own reference is found where senders put it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from pydantic import TypeAdapter, ValidationError

from hub.core.addon import AddOnInfo
from hub.core.auth import Basic, HeaderKey, OAuth2, QueryKey
from hub.core.endpoints import Endpoint
from hub.testing.faults import Edit, Ending

Item = dict[str, Any]

REFERENCES = ("ref", "reference", "external_id", "externalId")
"""Fields in which senders put a reference of their own."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor answers, after this many seconds. A body that is not ``whole`` drips, or has no end."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    ending: Ending = "whole"


def answered(status: int, data: Any) -> Reply:
    """An answer in JSON; bytes are an answer in plain text."""
    if isinstance(data, bytes):
        return Reply(status, {"Content-Type": "text/plain"}, data)
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(data).encode())


def edited(body: bytes, edit: Edit) -> bytes:
    """The same JSON with unknown fields in every object, or with null for every value. What is not JSON stays as it is."""
    if not edit:
        return body
    try:
        data = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_with_extra(data) if edit == "extra" else _nulled(data)).encode()


def _with_extra(data: Any) -> Any:
    if isinstance(data, list):
        return [_with_extra(item) for item in data]
    if isinstance(data, dict):
        more = {"x_new_field": "unannounced", "x_new_object": {"id": 1, "items": []}}
        return {**{name: _with_extra(item) for name, item in data.items()}, **more}
    return data


def _nulled(data: Any) -> Any:
    if isinstance(data, list):
        return [_nulled(item) for item in data]
    if not isinstance(data, dict):
        return None
    return {name: _nulled(item) if isinstance(item, dict | list) else None for name, item in data.items()}


SPOKEN = ("name", "title", "label", "message", "note", "description", "text", "summary", "comment", "detail")
"""Fields in which vendors put words for people, and now and then what they were sent."""


def echoed(body: bytes, words: str) -> bytes:
    """The same JSON with these words in every object: in fields nobody declared, in a link, and behind texts for people."""
    try:
        return json.dumps(_with_words(json.loads(body), words)).encode() if words else body
    except ValueError:
        return body


def _with_words(data: Any, words: str) -> Any:
    if isinstance(data, list):
        return [_with_words(item, words) for item in data]
    if not isinstance(data, dict):
        return data
    told = {name: _spoken(name, item, words) for name, item in data.items()}
    return {**told, "x_sent": {"key": words}, "x_self": f"https://vendor.example/me?key={quote(words, safe='')}"}


def _spoken(name: str, item: Any, words: str) -> Any:
    return f"{item} {words}" if name in SPOKEN and isinstance(item, str) else _with_words(item, words)


def presented(info: AddOnInfo, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The credential a request carries, as far as its kind lets it be read."""
    lowered = {name.lower(): value for name, value in headers.items()}
    auth = info.auth
    if isinstance(auth, HeaderKey):
        return lowered.get(auth.header.lower(), "").removeprefix(auth.prefix)
    if isinstance(auth, QueryKey):
        return query.get(next(iter(auth.parameters)), "")
    if isinstance(auth, Basic):
        coded = lowered.get("authorization", "").removeprefix("Basic ")
        return base64.b64decode(coded).decode().partition(":")[2] if coded else ""
    return lowered.get("authorization", "").removeprefix("Bearer ")


def refusal(info: AddOnInfo, credential: str) -> Reply | None:
    """What a key that is not welcome is told; None for every other."""
    if not isinstance(info.auth, HeaderKey | QueryKey | Basic | OAuth2):
        return None
    if not credential or credential.startswith("wrong"):
        return answered(401, {"message": "The key is not known."})
    if credential.startswith("limited"):
        return answered(403, {"message": "The key is not allowed to do that."})
    return None


def body_of(endpoint: Endpoint[Any], content: bytes) -> Item:
    """What was sent, held against the declaration.

    Raises:
        ValueError: it is not what the vendor takes.
    """
    if endpoint.open:
        return {"text": content.decode("utf-8", "replace")}
    if endpoint.body is None:
        return {}
    if endpoint.encode == "bytes":
        return {"content": base64.b64encode(content).decode()}
    try:
        if endpoint.encode == "form":
            sent: Any = dict(parse_qsl(content.decode(), keep_blank_values=True))
        else:
            sent = json.loads(content)
        model = TypeAdapter(endpoint.body).validate_python(sent)
        return dict(TypeAdapter(endpoint.body).dump_python(model, mode="json"))
    except ValidationError as trouble:
        error = trouble.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, error['loc']))}: {error['msg']}") from None
    except (ValueError, UnicodeDecodeError) as trouble:
        raise ValueError("the body is not readable") from trouble


def reference_of(endpoint: Endpoint[Any], headers: Mapping[str, str], body: Item) -> str:
    """The sender's own: the idempotency key, or a field called so."""
    fields = (body.get(name) for name in REFERENCES)
    return key_of(endpoint, headers) or next((str(value) for value in fields if value), "")


def key_of(endpoint: Endpoint[Any], headers: Mapping[str, str]) -> str:
    """The idempotency key a request carries, or an empty text."""
    wanted = endpoint.effect.header.lower() if endpoint.effect and endpoint.effect.header else ""
    if endpoint.open and not wanted:
        wanted = "webhook-id"
    return next((value for name, value in headers.items() if name.lower() == wanted), "") if wanted else ""
