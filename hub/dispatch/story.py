"""One try told as data: what the plugin was given, what went over the wire, how it ended. And the calls read back.

This is what a hub keeps of a step that came to grief (sealed), what ``hub capsule`` makes a test of, and how a cassette writes
its lines. Nothing secret is in it: known secrets are taken out by value and in every spelling, and what is only *named* like
one (a header the admin typed, a token in an answer) goes by its name. What stands in their place is plain ASCII, so that it can
ride in a header when the story is played again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import TypeAdapter

from hub.core import redact
from hub.core.effects import Effect
from hub.core.settings import secret_names
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.heard import Heard, Try, at_home
from hub.dispatch.ledger import Job, Settlement
from hub.dispatch.post import told as mails
from hub.dispatch.requests import FrozenRequest

STAND_IN = "masked-secret"
"""What stands where a secret stood."""

KEPT_HEADERS = ("content-type", "retry-after", "x-request-id", "request-id")
"""Of an answer: what its meaning depends on, and what the vendor's support desk asks for."""

_FORM = "application/x-www-form-urlencoded"
_EFFECT = TypeAdapter(Effect)

Data = dict[str, Any]


def of(settlement: Settlement, tried: Try) -> Data:
    """The whole try."""
    job, move, end = settlement.job, settlement.move, settlement.conclusion
    told: Data = {
        "kind": "check" if job.standing.state == "unknown" else "call",
        "at": tried.at.isoformat(),
        "action": job.action_type,
        "version": tried.claim.plugin.source.version,
        "ref": job.ref,
        "contact": job.contact.model_dump(mode="json", exclude_defaults=True),
        "account": job.account.model_dump(mode="json", exclude_defaults=True),
        "step": {**job.options, **{name: _stand_in(value) for name, value in job.open_secrets().items()}},
        "settings": _settings(tried),
        "standing": _standing(job),
        "open": _open(job, tried),
        "traffic": [call(heard) for heard in tried.traffic],
        "ended": {
            "state": str(move.to), "code": str(move.code), "sentence": redact.text(move.sentence),
            "verdict": str(end.outcome.verdict) if end else "",
        },
    }  # fmt: skip
    return {name: part if name in ("traffic", "ended") else scrubbed(part) for name, part in told.items()}


def _stand_in(secret: Any) -> str:
    """Of an address the host stays, and what is no key of it, so that the call can be played again."""
    return redact.text(str(secret), STAND_IN) if redact.host_of(str(secret)) else STAND_IN


def _settings(tried: Try) -> Data:
    secret = secret_names(type(tried.settings))
    given = tried.plain if tried.plain is not None else tried.spelt_out().plain or {}
    return {name: STAND_IN if name in secret and value else value for name, value in given.items()}


def _standing(job: Job) -> Data:
    names = ("state", "attempts", "open_attempts", "crashes", "checks", "not_found", "since", "unknown_at")
    values = {name: getattr(job.standing, name) for name in names}
    return {name: str(value) if name == "state" else _moment(value) for name, value in values.items() if value}


def _moment(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _open(job: Job, tried: Try) -> Data | None:
    """The open attempt, whose bytes are sent again and whose promise counts."""
    if job.frozen is None or job.effect is None:
        return None
    request = at_home(job.frozen, tried.base, tried.claim.plugin.info)
    return {"request": request_data(request), "effect": _EFFECT.dump_python(job.effect, mode="json")}


def effect_of(data: Mapping[str, Any]) -> Effect:
    """The effect class of an open attempt, read back."""
    return _EFFECT.validate_python(dict(data))


# --- one call -----------------------------------------------------------------------------------------------------


def call(heard: Heard) -> Data:
    """One call: what was asked, and what came of it."""
    return {"request": request_data(heard.at_home()), **_result(heard.result)}


def request_data(request: FrozenRequest) -> Data:
    """A request without its secrets. Two requests that differ in nothing else are equal in this shape."""
    headers = {name: value for name, value in request.headers if name.lower() != "accept"}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    told = {"method": request.method, "url": _url(request.url), "headers": scrubbed(headers)}
    return {**told, **_body(request.content, kind)}


def request_of(data: Mapping[str, Any]) -> FrozenRequest:
    """The request as it can be sent again."""
    headers = (("Accept", "application/json"), *((str(name), str(value)) for name, value in data["headers"].items()))
    return FrozenRequest(data["method"], data["url"], headers, _content(data))


def _result(result: Exchange) -> Data:
    if isinstance(result, Answered):
        headers = {name: redact.text(result.headers[name], STAND_IN) for name in KEPT_HEADERS if name in result.headers}
        body = _body(result.content, result.headers.get("content-type", ""))
        answer = {"status": result.status, "headers": headers, **body, **({"cut": True} if result.cut else {})}
        return {"answer": answer}
    reason = redact.text(result.reason, STAND_IN)
    if isinstance(result, Lost):
        return {"lost": reason}
    return {"blocked" if result.blocked else "never_left": reason}


def result_of(data: Mapping[str, Any]) -> Exchange:
    """What came of a call, as the dispatcher takes it."""
    if "answer" in data:
        answer = data["answer"]
        return Answered(answer["status"], dict(answer["headers"]), _content(answer), bool(answer.get("cut")))
    if "lost" in data:
        return Lost(data["lost"])
    return NeverLeft(data["blocked"], blocked=True) if "blocked" in data else NeverLeft(data["never_left"])


def _body(content: bytes, kind: str) -> Data:
    """As readable as it can be and still be sent again."""
    if not content:
        return {}
    if kind.partition(";")[0].strip().lower() == _FORM:
        return {"form": scrubbed(dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)))}
    if kind == mails.KIND:
        return {"mail": scrubbed(mails.told(content))}
    try:
        return {"json": scrubbed(json.loads(content))}
    except (ValueError, RecursionError):
        pass
    try:
        return {"text": redact.text(content.decode(), STAND_IN)}
    except UnicodeDecodeError:
        return {"base64": redact.text(base64.b64encode(content).decode(), STAND_IN)}


def _content(data: Mapping[str, Any]) -> bytes:
    if "json" in data:
        return json.dumps(data["json"], ensure_ascii=False).encode()
    if "form" in data:
        return urlencode(data["form"]).encode()
    if "mail" in data:  # it is looked up, never sent again, so what it was on the wire does not matter
        return json.dumps(data["mail"], ensure_ascii=False).encode()
    if "base64" in data:
        return base64.b64decode(data["base64"] + "==", validate=False)
    return str(data.get("text", "")).encode()


# --- scrubbing ----------------------------------------------------------------------------------------------------


def scrubbed(value: Any) -> Any:
    """The same without secrets, by value and by name."""
    if isinstance(value, str):
        return redact.text(value, STAND_IN)
    if isinstance(value, Mapping):
        return {redact.text(str(name), STAND_IN): _named(str(name), part) for name, part in value.items()}
    return [scrubbed(part) for part in value] if isinstance(value, list | tuple) else value


def _named(name: str, value: Any) -> Any:
    hidden = isinstance(value, str) and value and redact.SECRET_NAMES.search(name)
    return STAND_IN if hidden else scrubbed(value)


def _url(url: str) -> str:
    parts = urlsplit(redact.text(url, STAND_IN))
    if not parts.query or not redact.SECRET_NAMES.search(parts.query):
        return urlunsplit(parts)
    query = [(name, _named(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(query)))
