"""Send a mail, and look up whether it was sent.

The mail goes as a whole, with its own head, so that its Message-ID and what joins it to a conversation stay ours: by
Graph's own JSON neither can be set. Microsoft puts a copy into *Sent Items* by itself, and there an unclear send is
looked up by the Message-ID. What is not there was perhaps not sent: Microsoft does not say that the folder is proof, so a
person decides.
"""

from __future__ import annotations

import base64

from hub.core import Bytes, CannotTell, Message, Refused, Rejected, Sent, Vendor
from hub.core.mail_mime import Unwritable, as_bytes
from hub_outlook import graph
from hub_outlook.refusals import in_our_words

LARGEST = 3 * 1024 * 1024 - 64 * 1024
"""Bytes of a whole mail. Base64 adds a third, and a request has at most 4 MB (2026-11)."""


async def send(vendor: Vendor, message: Message) -> Sent:
    """Hand it over. *Sent* means that Microsoft took it, which is all that it tells.

    Raises:
        Refused: it cannot be written, is too large, or Microsoft does not take it.
    """
    raw = _written(vendor, message)
    try:
        await vendor(graph.send_mail, Bytes.of("text/plain", base64.b64encode(raw)))
    except Refused as fault:
        raise in_our_words(fault) from fault
    return Sent(message.message_id, note=f"Outlook took the e-mail to {', '.join(message.to)}.")


def _written(vendor: Vendor, message: Message) -> bytes:
    try:
        raw = as_bytes(message, vendor.now)
    except Unwritable as trouble:
        raise Refused(Rejected(f"The mail cannot be written: {trouble}.")) from trouble
    if len(raw) > LARGEST:
        raise Refused(Rejected(
            f"The mail with its files has {len(raw) / 1024 / 1024:.1f} MB, and Outlook takes {LARGEST / 1024 / 1024:.1f} MB from "
            "the hub. Give its files as links instead."
        ))  # fmt: skip
    return raw


async def find(vendor: Vendor, message_id: str) -> Sent | CannotTell:
    """Look into *Sent Items*, by our Message-ID as it stands there or as Exchange keeps it beside its own."""
    try:
        if copy := await _copy(vendor, f"internetMessageId eq {quoted(message_id)}"):
            return Sent(message_id, note="The mail is in Sent Items.", thread=copy.conversation)
        if copy := await _copy(vendor, _kept(message_id)):
            note = "The mail is in Sent Items, under a Message-ID of Microsoft's."
            return Sent(copy.message_id or message_id, note=note, thread=copy.conversation)
    except Refused as fault:
        raise in_our_words(fault) from fault
    return CannotTell("Sent Items does not hold the mail, and Microsoft does not say whether that is proof.")


async def _copy(vendor: Vendor, condition: str) -> graph.Copy | None:
    asked = {"$filter": condition, "$select": "id,internetMessageId,conversationId", "$top": 1}
    found = await vendor(graph.sent_items, **asked)
    return found.value[0] if found.value else None


def _kept(message_id: str) -> str:
    """*Assumed*: Microsoft's pages show such a condition for properties of this kind, and not for this very header."""
    return f"singleValueExtendedProperties/any(p:p/id eq '{graph.KEPT_ID}' and p/value eq {quoted(message_id)})"


def quoted(text: str) -> str:
    """A text as OData writes it."""
    return "'" + text.replace("'", "''") + "'"
