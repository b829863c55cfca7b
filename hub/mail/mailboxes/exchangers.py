"""Who takes the mail of an address in: the MX records of its domain, asked of the machine's own name servers or the operator's.

It is one question about a name, asked of servers that the operator has chosen, where a person has pressed a button. What comes
back is held against names that we know, and never called. A look-up that fails says nothing, and nobody waits for it longer than
a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from dns.resolver import Resolver

LONGEST_WAIT = 3.0
"""Seconds, all tries together: somebody sits in front of the page."""

MOST = 10
"""Hosts that are looked at."""


def of(address: str) -> tuple[str, ...]:
    """The hosts, those that are tried first in front; none where there is none, or nobody says."""
    import dns.exception  # imported here: few ever ask

    domain = address.rpartition("@")[2].strip().rstrip(".")
    if not domain or settings.HUB_DNS_SERVERS == ():
        return ()
    try:
        answer = _resolver().resolve(f"{domain}.", "MX", lifetime=LONGEST_WAIT)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return ()
    rows = sorted((row.preference, row.exchange.to_text(omit_final_dot=True).lower()) for row in answer)
    return tuple(host for _preference, host in rows if host.strip("."))[:MOST]


def _resolver() -> Resolver:
    from dns.nameserver import Do53Nameserver
    from dns.resolver import Resolver

    named = settings.HUB_DNS_SERVERS
    if named is None:
        return Resolver()
    made = Resolver(configure=False)
    made.nameservers = [Do53Nameserver(host, port) for host, port in named]
    return made
