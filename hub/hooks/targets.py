"""Which addresses may be listened at: ``https`` and public, by the rules for all that leaves the hub."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub.core.egress import Egress

LONGEST = 2_000


def why_not(egress: Egress, url: str) -> str:
    """Why this cannot be an endpoint's address, in a sentence's tail, or an empty text. Names are looked up when it is called."""
    if len(url) > LONGEST:
        return f"the address is longer than {LONGEST} characters"
    forbidden = egress.why_not(url)
    if forbidden:
        return forbidden
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme != "https" and not egress.excepts(parts.hostname or "", port):
        return "the address must begin with https://"
    return ""


def host_of(url: str) -> str:
    """What may be shown of an address: many hold a key."""
    return (urlsplit(url).hostname or "")[:255]
