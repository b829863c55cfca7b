"""Letters as they come, for tests."""

from __future__ import annotations

import base64
from typing import Any

from hub.core.mail_post import Letter

OURS = "<run-1@crm.test>"


def raw(
    text: str = "Yes, please stop.",
    *,
    sender: str = "Bea <bea@y.test>",
    subject: str = "Re: Welcome",
    id_: str = "<answer-1@y.test>",
    **headers: str,
) -> bytes:
    """A plain letter. Header names with ``_`` for ``-``; an empty id leaves it out."""
    lines = [f"From: {sender}", "To: ada@crm.test", f"Subject: {subject}"]
    lines += [f"Message-ID: {id_}"] if id_ else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text]) + "\r\n").encode()


def letter(content: bytes, **more: Any) -> Letter:
    """As a mailbox brings it."""
    return Letter(raw=base64.b64encode(content), size=len(content), **more)


def returned(
    *blocks: tuple[str, str, str, str],
    id_: str = OURS,
    original: str = "message/rfc822",
    text: str = "It could not be delivered.",
) -> bytes:
    """A delivery report (RFC 3464). A block is recipient, action, status, the server's words."""
    told = "\r\n".join(
        f"\r\nFinal-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}\r\n"
        for to, action, status, said in blocks
    )
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.test>\r\nTo: ada@crm.test\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn-1@mx.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n{told}\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\nMessage-ID: {id_}\r\nSubject: Welcome\r\nTo: bea@y.test\r\n\r\nHi\r\n--b--\r\n"
    ).encode()
