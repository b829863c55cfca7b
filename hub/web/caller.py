"""From where a request comes: the peer's address, or what a trusted proxy says about it. Pure."""

from __future__ import annotations

import ipaddress

from hub.users.addresses import is_listed


def address(peer: str, forwarded: str, proxies: tuple[str, ...]) -> str:
    """The caller's address. `forwarded` is X-Forwarded-For; it counts only as far as each hop is one of our `proxies`."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    caller = peer
    while hops and is_listed(caller, proxies):
        nearer = hops.pop()
        if not _is_address(nearer):
            break
        caller = nearer
    return caller if _is_address(caller) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return len(text) <= 45
