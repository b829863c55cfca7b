"""The webhook's request, made from the step: pure, and careful with what a contact's facts might hold.

A value is escaped for the place it is put into: by the JSON or form writer for fields, percent-encoded in the address, stripped
of line breaks in headers. The host of the address is the admin's alone: no token may stand in it, so that no contact can choose
whom the hub calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from hub.core import RawRequest, Template, Vendor
from hub.core.tokens import TOKEN, Escape

if TYPE_CHECKING:
    from hub.steps.webhook import Webhook

USER_AGENT = "integration-hub"
HEADER_NAME = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect",
                  "proxy-authorization", "webhook-id", "webhook-timestamp"})  # fmt: skip
"""Headers that belong to the connection or to us."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ESCAPES: dict[str, Escape] = {"application/json": "json", "application/xml": "xml", "text/plain": "plain"}


def of(step: Webhook, vendor: Vendor) -> RawRequest:
    """The whole request. ``step`` arrives with its tokens filled or at hand."""
    content, kind = _content(step)
    headers = {"Accept": "*/*", "User-Agent": USER_AGENT, **({"Content-Type": kind} if kind else {})}
    given = {name: header_value(value) for name, value in step.headers.items()}
    theirs = {name.lower() for name in given}
    headers = {name: value for name, value in headers.items() if name.lower() not in theirs} | given
    headers["webhook-timestamp"] = str(int(vendor.now.timestamp()))
    if step.when_unclear == "ask a person":  # the other way of sending puts the id in by itself, as its key
        headers["webhook-id"] = vendor.ref
    return RawRequest(step.method, address(step), headers, content)


def address(step: Webhook) -> str:
    """The address with its tokens filled; a GET carries its fields here."""
    url = step.url.render("url").strip().partition("#")[0]
    if step.method == "GET" and step.fields:
        return f"{url}{'&' if '?' in url else '?'}{urlencode(step.fields)}"
    return url


def _content(step: Webhook) -> tuple[bytes, str]:
    if step.method == "GET":
        return b"", ""
    if step.payload == "raw":
        return step.body.render(_ESCAPES[step.body_type]).encode(), f"{step.body_type}; charset=utf-8"
    if step.method == "DELETE" and not step.fields:
        return b"", ""
    if step.payload == "form":
        return urlencode(step.fields).encode(), "application/x-www-form-urlencoded"
    return json.dumps(step.fields, ensure_ascii=False).encode(), "application/json"


def header_value(value: str) -> str:
    """A header is one line of ASCII: line breaks become a space, other letters are percent-encoded."""
    line = _CONTROL.sub(" ", value).strip()
    return line if line.isascii() else quote(line, safe="".join(chr(code) for code in range(32, 127)))


def why_not(url: str) -> str:
    """Why this cannot be a step's address, or an empty text. Names are not looked up and ports not judged: that is done at
    the moment of the call, by the rules for all outgoing traffic."""
    plain = TOKEN.sub("x", url.strip())
    if not plain.lower().startswith(("https://", "http://")):
        return "The address must begin with https://."
    if re.search(r"[\s\\\x00-\x1f]", plain):
        return "The address must not hold spaces or backslashes."
    if "{{" in re.split(r"[/?#]", url.strip().partition("://")[2], maxsplit=1)[0]:
        return "A token may stand after the host, not in it."
    return _why_not_host(plain)


def _why_not_host(plain: str) -> str:
    try:
        parts = urlsplit(plain)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "The address cannot be read."
    if not host:
        return "The address names no host."
    if "@" in parts.netloc:
        return "The address must not hold a user name or password; put them into a header."
    return ""


def why_not_headers(headers: Mapping[str, str]) -> str:
    """Why these cannot be a step's headers, or an empty text."""
    for name, value in headers.items():
        if not HEADER_NAME.match(name):
            return f"{name!r} is not a header's name."
        if name.lower() in OURS:
            return f"The header {name} is set by the hub."
        if _CONTROL.search(value):
            return f"The header {name} must be one line."
    return ""


def host_of(url: Template) -> str:
    """The host, which may always be shown."""
    return urlsplit(TOKEN.sub("x", url.text.strip())).hostname or ""
