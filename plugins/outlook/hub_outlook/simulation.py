"""How the simulator plays Graph: one mailbox, a copy of every mail in *Sent Items*, an Inbox that is read in rounds.

Read by the kit only. What is attested is played as attested: a whole mail as base64, 202 with nothing in it, conditions on the
Message-ID, rounds that end with a token.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from email import message_from_bytes
from typing import Any

ADDRESS = "ada@contoso.example"
SECOND = "second@example.org"
SETTINGS = {"address": ADDRESS}

SENT = "/me/mailFolders/sentitems/messages"
INBOX = "/me/mailFolders/inbox/messages"
ORIGIN = "https://graph.microsoft.com/v1.0"
CONTEXT = f"{ORIGIN}/$metadata#users('u-1')"
"""Stands in every answer."""

SEEDS: dict[str, list[dict[str, Any]]] = {"/me": [], SENT: [], f"{INBOX}/delta": [], INBOX: []}
"""Nothing was sent and nothing has come."""

PAGE = 20

ENDED = "/ended"
"""Holds something while every bookmark that was given has ended."""

_ASKED = re.compile(r"(internetMessageId|conversationId) eq '(.*)'")


def respond(call: Any) -> tuple[int, Any]:
    """Answer as Graph would."""
    if call.path == "/me":
        return 200, {
            "@odata.context": CONTEXT,
            "id": "u-1",
            "mail": _mailbox(call),
            "userPrincipalName": _mailbox(call),
        }
    if call.path == "/me/sendMail":
        return _taken(call)
    if call.path == SENT:
        return 200, {
            "@odata.context": CONTEXT,
            "value": [one for one in call.visible(SENT) if _asked_for(one, call.query.get("$filter", ""))],
        }
    if call.path == f"{INBOX}/delta":
        return _round(call)
    return _letter(call)


def arrives(vendor: Any, raw: bytes, now: datetime, answers: str = "") -> None:
    """A letter comes into the Inbox; into the conversation of what was sent under this Message-ID, if one is named."""
    letters = vendor.stored(INBOX)
    thread = conversation_of(answers or f"<letter-{len(letters)}@kit.test>")
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    letters.append(
        {"id": f"in-{len(letters)}", "conversationId": thread, "receivedDateTime": moment, "raw": raw.decode("latin-1")}
    )


def bookmarks_end(vendor: Any) -> None:
    """Exchange forgets its rounds."""
    vendor.stored(ENDED).append({"id": "all"})


def conversation_of(message_id: str) -> str:
    """Every mail that we send begins a conversation of its own."""
    return "AAQk-" + hashlib.sha256(message_id.encode()).hexdigest()[:16]


def refused(status: int, code: str, words: str) -> tuple[int, Any]:
    """Graph's own form of a *no*."""
    return status, {"error": {"code": code, "message": words}}


def _mailbox(call: Any) -> str:
    """Whose token it is: of the first account, or of the kit's second one."""
    return SECOND if call.credential.startswith("second-") else ADDRESS


def _taken(call: Any) -> tuple[int, Any]:
    """A whole mail. One whose sender is somebody else is not taken."""
    try:
        raw = base64.b64decode(base64.b64decode(call.body["content"]), validate=True)
    except ValueError:
        return refused(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
    mail = message_from_bytes(raw)
    if _mailbox(call) not in str(mail["From"]):
        return refused(403, "ErrorSendAsDenied", "The user account which was used has not the right to send as that.")
    message_id = str(mail["Message-ID"]).strip()
    thread = conversation_of(message_id)
    call.store(SENT, {"internetMessageId": message_id, "conversationId": thread, "raw": raw.decode("ascii", "replace")})
    return 202, b""


def _asked_for(one: dict[str, Any], condition: str) -> bool:
    if not condition:
        return True
    found = _ASKED.fullmatch(condition)
    return found is not None and found[2].replace("''", "'") == one.get(found[1])


def _round(call: Any) -> tuple[int, Any]:
    """``$deltatoken`` and ``$skiptoken`` say how many letters were told of."""
    token = call.query.get("$deltatoken") or call.query.get("$skiptoken")
    letters = call.stored(INBOX)
    if token == "ended" or (token is not None and call.stored(ENDED)):
        return refused(410, "SyncStateNotFound", "The sync state generation is not found.")
    if token is None:
        call.stored(ENDED).clear()
    start = int(token) if token is not None else _first_since(letters, call.query.get("$filter", ""))
    page = letters[start : start + PAGE]
    end = start + len(page)
    kind, word = ("next", "skip") if end < len(letters) else ("delta", "delta")
    told = [{name: one[name] for name in ("id", "conversationId", "receivedDateTime")} for one in page]
    return 200, {
        "@odata.context": CONTEXT,
        "value": told,
        f"@odata.{kind}Link": f"{ORIGIN}{INBOX}/delta?${word}token={end}",
    }


def _first_since(letters: list[dict[str, Any]], condition: str) -> int:
    since = condition.removeprefix("receivedDateTime ge ")
    return next((n for n, one in enumerate(letters) if one["receivedDateTime"] >= since), len(letters))


def _letter(call: Any) -> tuple[int, Any]:
    id_ = call.path.split("/")[3]
    found = next((one for one in call.stored(INBOX) if str(one["id"]) == id_), None)
    if found is None:
        return refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    if call.path.endswith("/$value"):
        return 200, found["raw"].encode("latin-1", "replace")
    head, _, body = found["raw"].partition("\r\n\r\n")
    lines = [line.partition(": ") for line in head.split("\r\n")]
    headers = [{"name": name, "value": value} for name, _, value in lines]
    return 200, {"@odata.context": CONTEXT, "id": id_, "internetMessageHeaders": headers, "bodyPreview": body[:255]}
