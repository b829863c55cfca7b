"""A mail told as people read it, for traces, capsules and cassettes.

On the wire a subject may be in coded words and a text in base64, where neither a secret nor a person's name is found by its
value. So what is kept of a mail is kept decoded; two mails that differ in nothing else are equal in this shape.
"""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

KIND = "message/rfc822"
"""How a mail's bytes are named."""


def told(content: bytes) -> dict[str, Any]:
    """Headers and texts. What cannot be read is told as it stands."""
    try:
        mail = message_from_bytes(content, policy=default)
        headers = {name: str(value) for name, value in mail.items() if not name.lower().startswith("content-")}
        texts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
        parts = {part.get_content_subtype(): str(part.get_content()).replace("\r\n", "\n") for part in texts}
    except (LookupError, ValueError, AttributeError, TypeError):
        return {"raw": content.decode("utf-8", "replace")}
    return {"headers": headers, "parts": parts}
