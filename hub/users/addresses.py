"""Is a caller's address on a list? Addresses and networks, both families; what cannot be read is not listed. Pure."""

from __future__ import annotations

import ipaddress


def is_listed(ip: str, listed: tuple[str, ...]) -> bool:
    """Whether a caller's address is one of these addresses and networks. What cannot be read is not listed."""
    try:
        caller = _plain_address(ip)
    except ValueError:
        return False
    return any(_in_network(caller, network) for network in listed)


def _plain_address(ip: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _in_network(caller: ipaddress.IPv4Address | ipaddress.IPv6Address, text: str) -> bool:
    try:
        return caller in ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
