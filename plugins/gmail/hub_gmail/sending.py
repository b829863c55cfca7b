"""Sending a mail, and looking for it after a lost answer.

The mail goes out as whole bytes, so that its Message-ID is the hub's and can be searched for. Small ones go as JSON; that
endpoint takes about 5 MB, and larger mails are uploaded.
"""

from __future__ import annotations

import base64
import hashlib
import json

from hub.core import Bytes, CannotTell, Finding, Message, Outcome, Refused, Rejected, Sent, Vendor
from hub.core.mail_mime import Unwritable, as_bytes
from hub_gmail.endpoints import MailMade, NewMail, mails, send_mail, upload_mail
from hub_gmail.refusals import better, lacks_permission

LARGEST_JSON = 3_500_000
"""Bytes of a mail that go as JSON: base64 makes a third more of them."""


async def send(vendor: Vendor, message: Message) -> Outcome:
    """Send it. Gmail files it in *Sent* by itself."""
    try:
        raw = as_bytes(message, vendor.now)
    except Unwritable as trouble:
        return Rejected(f"{str(trouble).capitalize()}.")
    try:
        made = await _sent(vendor, message, raw)
    except Refused as no:
        raise better(no, vendor.now) from no
    return Sent(made.id, note=f"E-mail sent to {', '.join(message.to)}.", thread=made.threadId)


async def _sent(vendor: Vendor, message: Message, raw: bytes) -> MailMade:
    if len(raw) <= LARGEST_JSON:
        return await vendor(
            send_mail, NewMail(raw=base64.urlsafe_b64encode(raw).decode(), threadId=message.thread or None)
        )
    if message.thread:
        return await vendor(upload_mail, in_conversation(message.thread, raw), uploadType="multipart")
    return await vendor(upload_mail, Bytes.of("message/rfc822", raw), uploadType="media")


def in_conversation(thread: str, raw: bytes) -> Bytes:
    """The conversation and the mail in one body. The same two make the same bytes."""
    edge = "hub_" + hashlib.sha256(raw).hexdigest()[:40]
    told = json.dumps({"threadId": thread}).encode()
    parts = [
        b"Content-Type: application/json; charset=UTF-8\r\n\r\n" + told,
        b"Content-Type: message/rfc822\r\n\r\n" + raw,
    ]
    body = b"".join(b"--%b\r\n%b\r\n" % (edge.encode(), part) for part in parts) + b"--%b--\r\n" % edge.encode()
    return Bytes.of(f"multipart/related; boundary={edge}", body)


async def find(vendor: Vendor, message_id: str) -> Finding:
    """Search the mailbox for a mail of ours. A sign-in that allows sending alone cannot, and a person is asked instead."""
    try:
        found = await vendor(mails, q=f"rfc822msgid:{message_id.strip('<>')}", includeSpamTrash=True, maxResults=2)
    except Refused as no:
        if lacks_permission(no):
            return CannotTell("Gmail may send for this account and not read, so nobody can look into its Sent folder.")
        raise better(no, vendor.now) from no
    if found.messages:
        one = found.messages[0]
        return Sent(one.id, note="The mail is in the folder of sent mail.", thread=one.threadId)
    return CannotTell(
        "Gmail's search does not find the mail, and Google does not say that this proves it was not sent."
    )
