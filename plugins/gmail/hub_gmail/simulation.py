"""How the simulator plays Gmail: one mailbox, a search by Message-ID, and the ways in which Google says no.

Read by the kit only. Where Google's behaviour stands in its papers it is played so; ``sendonly…`` is a token that may not read.
"""

from __future__ import annotations

import base64
from datetime import datetime
from email import message_from_bytes
from typing import Any

ME = "/gmail/v1/users/me"
MAILS = f"{ME}/messages"
SEND = f"{MAILS}/send"
UPLOAD = f"/upload{SEND}"

SETTINGS = {"address": "ada@gmail.com", "access_token": "canary-access_token-7Q4711"}

IDS = {MAILS: "id"}

HISTORY = f"{ME}/history"
FORGOTTEN = "/forgotten"
"""Holds where history begins, once some of it is forgotten."""

FIRST = 1000
"""Where history stands in an empty mailbox; each mail is one further."""

NOT_ALLOWED = {
    "error": {
        "code": 403, "message": "Request had insufficient authentication scopes.", "status": "PERMISSION_DENIED",
        "errors": [{"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}],
    }
}  # fmt: skip


def respond(call: Any) -> tuple[int, Any] | None:
    """Answer what the declaration alone cannot; None leaves the call to the simulator."""
    if call.method == "POST" and call.path in (SEND, UPLOAD):
        return _sent(call)
    if call.credential.startswith("sendonly"):
        return 403, NOT_ALLOWED
    if call.path == f"{ME}/profile":
        return 200, {"emailAddress": SETTINGS["address"], "historyId": _now(call)}
    if call.path == HISTORY:
        return _history(call)
    if call.path == MAILS:
        return 200, _listed(call)
    return _shown(call) if call.path.startswith(f"{MAILS}/") else None


def arrives(vendor: Any, raw: bytes, now: datetime, answers: str = "") -> None:
    """A letter comes into the inbox; into the conversation of what was sent under this Message-ID, if one is named."""
    mails = vendor.stored(MAILS)
    asked = answers.strip("<>")
    thread = next((one["threadId"] for one in mails if answers and one.get("messageId") == asked), f"t-in-{len(mails)}")
    mails.append({"id": f"in-{len(mails)}", "threadId": thread, "label": "INBOX", "raw": raw.decode("latin-1")})


def bookmarks_end(vendor: Any) -> None:
    """Google forgets the history so far."""
    vendor.stored(FORGOTTEN).append({"id": "all", "before": FIRST + len(vendor.stored(MAILS))})


def _now(call: Any) -> str:
    return str(FIRST + len(call.stored(MAILS)))


def _history(call: Any) -> tuple[int, Any]:
    start = int(call.query["startHistoryId"])
    if any(start < one["before"] for one in call.stored(FORGOTTEN)):
        return 404, {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
    after = list(enumerate(call.stored(MAILS), FIRST + 1))[max(0, start - FIRST) :]
    page, more = _page(call, [(number, one) for number, one in after if one.get("label") == call.query["labelId"]])
    entries = [{"id": str(number), "messagesAdded": [{"message": _named(one)}]} for number, one in page]
    return 200, {**({"history": entries} if entries else {}), **more, "historyId": _now(call)}


def _page(call: Any, found: list[Any]) -> tuple[list[Any], dict[str, str]]:
    at, most = int(call.query.get("pageToken") or 0), int(call.query.get("maxResults") or 100)
    return found[at : at + most], ({"nextPageToken": str(at + most)} if len(found) > at + most else {})


def _named(one: dict[str, Any]) -> dict[str, str]:
    return {"id": str(one["id"]), "threadId": str(one["threadId"])}


def _shown(call: Any) -> tuple[int, Any]:
    """One mail, whole or by its headers."""
    id_ = call.path.rpartition("/")[2]
    one = next((item for item in call.stored(MAILS) if str(item["id"]) == id_), None)
    if one is None:
        return 404, {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
    raw = one["raw"].encode("latin-1")
    about = {**_named(one), "sizeEstimate": len(raw)}
    if call.query.get("format") == "raw":
        return 200, {**about, "raw": base64.urlsafe_b64encode(raw).decode()}
    headers = [{"name": name, "value": str(value)} for name, value in message_from_bytes(raw).items()]
    return 200, {**about, "payload": {"headers": headers}}


def _sent(call: Any) -> tuple[int, Any]:
    raw = _raw(call)
    message_id = str(message_from_bytes(raw).get("Message-ID", ""))
    if not message_id:
        return 400, {"error": {"code": 400, "message": "Recipient address required"}}
    call.reference = message_id.strip("<>").partition("@")[0]
    kept = {
        "messageId": message_id.strip("<>"),
        "threadId": call.body.get("threadId") or f"t-{message_id.strip('<>')}",
        "label": "SENT",
        "raw": raw.decode("latin-1"),
    }
    item = call.store(MAILS, kept)
    return 200, {"id": item["id"], "threadId": item["threadId"], "labelIds": ["SENT"]}


def _raw(call: Any) -> bytes:
    if call.path == SEND:
        return base64.urlsafe_b64decode(call.body["raw"])
    content = base64.b64decode(call.body["content"])
    _, _, inner = content.partition(b"Content-Type: message/rfc822\r\n\r\n")
    return inner or content


def _listed(call: Any) -> dict[str, Any]:
    asked, label = call.query.get("q", ""), call.query.get("labelIds")
    shown = [one for one in call.visible(MAILS) if label is None or one.get("label") == label]
    if asked.startswith("rfc822msgid:"):
        shown = [one for one in shown if one.get("messageId") == asked.removeprefix("rfc822msgid:")]
    page, more = _page(call, shown)
    return {**({"messages": [_named(one) for one in page]} if page else {}), **more}
