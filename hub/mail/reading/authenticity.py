"""What the server that received a letter found out about its sender: RFC 8601's ``Authentication-Results``. Pure.

Anybody can write such a header, and the servers that a letter passed write theirs, so only one is believed: the topmost, and only
where the server that received the letter wrote it. That server's name is known by the topmost ``Received``, which is its own.
A header that is not its own says nothing, as no header does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from publicsuffixlist import PublicSuffixList

RESULTS = "authentication-results"
LONGEST = 4_000
"""Characters of a header that are looked at."""

_COMMENT = re.compile(r"\([^()]*\)")
_BY = re.compile(r"\bby\s+([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_FROM = re.compile(r"\bheader\.from\s*=\s*\"?(?:[^\s\";@]*@)?([a-z0-9.-]+)", re.IGNORECASE)
_DEEPEST = 5


def is_refuted(headers: Sequence[tuple[str, str]], sender: str, domains: Iterable[str] = ()) -> bool:
    """Whether the receiving server says that a letter is not from whom it names.

    Args:
        headers: all of them in their order, with small names.
        sender: the address it names.
        domains: of the mailbox, under which its server may sign, too.

    Returns:
        True where DMARC failed, or stood for another domain than the sender's, or, where the domain asks for no DMARC, SPF failed
        and no signature held; and where a letter names its sender twice. False where nobody says anything.
    """
    if sum(name == "from" for name, _value in headers) > 1:
        return True
    told = _own(headers, domains)
    return told is not None and _refutes(told, sender.rpartition("@")[2])


def _refutes(told: str, domain: str) -> bool:
    parts = told.split(";")
    said: dict[str, set[str]] = {}
    for part in parts:
        if found := _RESULT.match(part):
            said.setdefault(found[1].lower(), set()).add(found[2].lower())
    dmarc = said.get("dmarc", set())
    if "fail" in dmarc:
        return True
    if "pass" in dmarc:
        named = _FROM.search(next(part for part in parts if part.lstrip().lower().startswith("dmarc")))
        return named is not None and not _same(named[1], domain)
    return bool(said.get("spf", set()) & {"fail", "softfail"}) and "pass" not in said.get("dkim", set())


def _own(headers: Sequence[tuple[str, str]], domains: Iterable[str]) -> str | None:
    """What the receiving server found out, without its name; None where it says nothing."""
    place = next((place for place, (name, _value) in enumerate(headers) if name == RESULTS), None)
    if place is None:
        return None
    name, told = _parted(_bare(headers[place][1][:LONGEST]))
    if not name:  # Exchange Online leaves its name out: then it is who wrote the next line beneath
        name = next(iter(_takers(headers[place:])), "")
    return told if name and any(_same(name, each) for each in (*_takers(headers), *domains)) else None


def _parted(header: str) -> tuple[str, str]:
    """The name of who found it out, and what."""
    head, _, rest = header.partition(";")
    return ("", header) if "=" in head else ((head.split() or [""])[0].lower(), rest)


def _bare(header: str) -> str:
    """Without comments, which may hold anything."""
    for _ in range(_DEEPEST):
        header = _COMMENT.sub(" ", header)
    return header


def _takers(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The server that says last that it took the letter. Some name themselves by an address, which tells nothing.

    All that stands behind a *by* is taken: what the other side called itself may look like one, and must not hide the right one.
    """
    lines = (_BY.findall(_bare(value[:LONGEST])) for name, value in headers if name == "received")
    named = ([host.lower() for host in hosts if not host.rpartition(".")[2].isdigit()] for hosts in lines)
    return next(filter(None, named), [])


def _same(one: str, other: str) -> bool:
    """Whether two hosts belong to one organisation."""
    return bool(one) and _organisation(one) == _organisation(other)


def _organisation(host: str) -> str:
    """The domain that somebody registered, as DMARC has it (RFC 7489, 3.2); a registry itself stands for itself."""
    host = host.lower().rstrip(".")
    return _registries().privatesuffix(host) or host


@cache
def _registries() -> PublicSuffixList:
    """Mozilla's list, as it lies in the package: read when the first such letter comes, and never fetched."""
    return PublicSuffixList()
