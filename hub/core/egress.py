"""Which addresses the hub may speak to.

The check sits where the connection is made: in the resolver and the connector, so that the address that was checked is the
address that is used, and every answer of the name server must be allowed, not just the first. The URL is read as the client
will read it (``127。0。0。1`` is 127.0.0.1 to it), and a host that is a number in disguise (``2130706433``) is no host at all.

``ipaddress.is_global`` is not enough: it takes ``64:ff9b::7f00:1`` (127.0.0.1 behind NAT64) and several others for public.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_SPECIAL = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8", "::/3", "4000::/2", "8000::/1",
    )
)  # fmt: skip
"""IANA's special-purpose ranges, every way to write an IPv4 address inside an IPv6 one, and whatever is not in ``2000::/3``, from
which alone public IPv6 addresses are given: ``::ffff:0:7f00:1`` is 127.0.0.1 to a translator."""

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
"""A last label like this makes the system read the whole host as an IPv4 address, however it is written."""

_INSIDE = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)|(?:ip6-)?(?:loopback|localhost)"
)
"""Names that mean this machine or this network wherever they are looked up: those of RFC 6761, of RFC 6762 with its appendix G
and of RFC 8375, and ``internal``, which ICANN has set aside."""

_UNREADABLE = re.compile(r"[\\\t\r\n ]")

_PLACE = re.compile(r"[^/?#]*//[^/?#]*")
"""Scheme, host and port; a user name, too, so that it is seen and refused."""

PORTS = frozenset({80, 443})
"""Ports an address typed by an admin may name."""


class Blocked(aiohttp.ClientError):
    """The address is one the hub does not speak to. The message names the host, never what is behind it."""


def is_public(address: str) -> bool:
    """Whether an IP address, written in the usual form, is one of the open Internet."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not any(parsed.version == net.version and parsed in net for net in _SPECIAL)


@dataclass(frozen=True)
class Egress:
    """The rules for outgoing traffic.

    Attributes:
        allowed: ``host:port`` pairs that are let through although they are not public: a simulator on loopback, a
            company's own relay. Set by the operator, never by an account.
        plain_http: whether ``http://`` is let through to public addresses.
    """

    allowed: frozenset[str] = field(default_factory=frozenset)
    plain_http: bool = True

    @classmethod
    def of(cls, allowed: Iterable[str] = (), *, plain_http: bool = True) -> Egress:
        """Rules that let these ``host:port`` pairs through."""
        return cls(frozenset(item.strip().lower() for item in allowed if item.strip()), plain_http)

    def excepts(self, host: str, port: int | None) -> bool:
        """Whether the operator has named this very host and port."""
        return f"{host.lower()}:{port}" in self.allowed

    def check(self, host: str, port: int, answers: Iterable[ResolveResult]) -> None:
        """Hold what a host stands for against the rules.

        Raises:
            Blocked: one of the answers is not public, and the operator has not named this host and port.
        """
        if not self.excepts(host, port) and not all(is_public(answer["host"]) for answer in answers):
            raise Blocked(f"{host} is inside a private network")

    def why_not(self, url: str) -> str:
        """Why this URL may not be called, in a sentence, or an empty text. Looks at the text only; no name is resolved."""
        if _UNREADABLE.search(url):
            return "the address cannot be read"
        try:
            parts = httpx.URL(url)
            host, port = parts.raw_host.decode("ascii").lower(), parts.port
        except (httpx.InvalidURL, ValueError, TypeError):
            return "the address cannot be read"
        if parts.scheme not in ("http", "https"):
            return "the address must begin with https://"
        if not host:
            return "the address names no host"
        if parts.userinfo or "@" in url.partition("://")[2].partition("/")[0]:
            return "the address must not hold a user name or password"
        port = port if port is not None else (443 if parts.scheme == "https" else 80)
        if self.excepts(host, port):
            return ""
        if parts.scheme == "http" and not self.plain_http:
            return "the address must begin with https://"
        return _why_not_public(host, port, PORTS)

    def why_not_at(self, url: str) -> str:
        """The same for a URL that is about to be called, where a thousand a second go to the same few places: what was said
        of a place is remembered. What follows the place is read by whoever builds the request."""
        place = None if _UNREADABLE.search(url) else _PLACE.match(url)
        return _said_of(self, place.group()) if place else "the address cannot be read"

    def why_not_host(self, host: str, port: int, ports: frozenset[int] = PORTS) -> str:
        """The same for a server that is named by host and port, such as a mail server."""
        if not host.isascii() or any(letter in host for letter in "\\/@?# \t\r\n\x00"):
            return "the host's name cannot be read"
        return "" if self.excepts(host, port) else _why_not_public(host, port, ports)


def _why_not_public(host: str, port: int, ports: frozenset[int]) -> str:
    if port not in ports:
        return f"port {port} is not one the hub speaks to"
    literal = host.strip("[]")
    if _is_ip(literal):
        return "" if is_public(literal) else "the address is inside a private network"
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return "the address must name its host"
    return "the address is inside a private network" if _INSIDE.fullmatch(literal.rstrip(".").lower()) else ""


@lru_cache(maxsize=4_096)
def _said_of(egress: Egress, place: str) -> str:
    return egress.why_not(place)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class GuardedResolver(AbstractResolver):
    """aiohttp's resolver, with every answer held against the rules before a connection is made."""

    def __init__(self, egress: Egress, inner: AbstractResolver | None = None) -> None:
        self._egress = egress
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve, and refuse the name when any answer is not public."""
        answers = await self._inner.resolve(host, port, family)
        self._egress.check(host, port, answers)
        return answers

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


class GuardedConnector(aiohttp.TCPConnector):
    """aiohttp's connector. It takes a host that is an IP address past the resolver, so the rules are asked here once more."""

    def __init__(self, egress: Egress, **options: Any) -> None:
        super().__init__(resolver=GuardedResolver(egress), **options)
        self._egress = egress

    async def _resolve_host(
        self, host: str, port: int, traces: Sequence[aiohttp.tracing.Trace] | None = None
    ) -> list[ResolveResult]:
        answers = await super()._resolve_host(host, port, traces)
        self._egress.check(host, port, answers)
        return answers
