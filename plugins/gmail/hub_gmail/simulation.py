"""How the simulator plays Gmail: one mailbox, a search by Message-ID, and the ways in which Google says no.

Read by the kit only. Where Google's behaviour stands in its papers it is played so; ``sendonly…`` is a token that may not read.
"""

from __future__ import annotations

import base64
from email import message_from_bytes
from typing import Any

ME = "/gmail/v1/users/me"
MAILS = f"{ME}/messages"
SEND = f"{MAILS}/send"
UPLOAD = f"/upload{SEND}"

SETTINGS = {"address": "ada@gmail.com", "access_token": "canary-access_token-7Q4711"}

IDS = {MAILS: "id"}

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
        return 200, {"emailAddress": SETTINGS["address"], "historyId": str(1000 + len(call.stored(MAILS)))}
    if call.path == MAILS:
        return 200, _listed(call)
    return None


def _sent(call: Any) -> tuple[int, Any]:
    raw = _raw(call)
    message_id = str(message_from_bytes(raw).get("Message-ID", ""))
    if not message_id:
        return 400, {"error": {"code": 400, "message": "Recipient address required"}}
    call.reference = message_id.strip("<>").partition("@")[0]
    kept = {
        "messageId": message_id.strip("<>"),
        "threadId": call.body.get("threadId") or "t1",
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
    wanted = call.query.get("q", "").removeprefix("rfc822msgid:")
    found = [item for item in call.visible(MAILS) if item.get("messageId") == wanted]
    return {"messages": [{"id": one["id"], "threadId": one["threadId"]} for one in found]} if found else {}
