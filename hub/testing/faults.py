"""Troubles a vendor can have, for the simulator to play.

Each is a value; hand it to :meth:`hub.testing.simulator.Simulator.fail` and the next matching call meets it. The question that
matters for a write is always the same: did the vendor act before it went wrong? ``acts`` says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import quote

On = Literal["any", "read", "write"]

How = Literal["reset", "refused", "tls"]
"""How a connection fails: it breaks, it is never made, or it cannot be made safe."""

Ending = Literal["whole", "drip", "endless"]
"""How a body ends: as it should, never within anybody's patience, or never at all."""

Edit = Literal["", "extra", "nulls"]
"""What is done to an answer in JSON: unknown fields are put into every object, or every value in it becomes null."""

NEVER = 3_600.0
"""Seconds that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble.

    Attributes:
        name: for test ids and reports.
        status: the answer's status, or None to leave the vendor's own.
        headers: on top of the answer's.
        body: instead of the answer's.
        cut: only this part of the body arrives (0.5: one half).
        hangs_up: no answer at all; the connection ends, or was never made, as ``how`` says.
        seconds: how long the vendor takes to answer.
        acts: the vendor does what it was asked before the trouble begins.
        hidden_reads: what it did is not visible to this many later reads.
        hidden_for: what it did is not visible for this many seconds.
        ending: how the body ends.
        edit: what is done to an answer in JSON.
        echoes: a text that the answer repeats: in fields nobody declared, in a link, behind texts for people.
        on: which calls it waits for.
    """

    name: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: float = 1.0
    hangs_up: bool = False
    seconds: float = 0.0
    acts: bool = False
    hidden_reads: int = 0
    on: On = "any"
    how: How = "reset"
    hidden_for: float = 0.0
    ending: Ending = "whole"
    edit: Edit = ""
    echoes: str = ""

    def at(self, on: On) -> Fault:
        """The same, waiting for reads or for writes only."""
        return replace(self, on=on)


def status(code: int, *, acts: bool = False, message: str = "") -> Fault:
    """An answer with this status, before or after the effect."""
    body = json.dumps({"message": message or f"simulated {code}"}).encode()
    return Fault(f"{code}{' after the effect' if acts else ''}", code, body=body, acts=acts)


def too_many(retry_after: str | None = "30") -> Fault:
    """429, with whatever the vendor puts into ``Retry-After``; None leaves the header out."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(f"429 retry-after {retry_after}", 429, headers, b'{"message": "slow down"}')


def out_of_credit(code: int = 402) -> Fault:
    """The account has no money left."""
    return Fault(f"out of credit ({code})", code, body=b'{"message": "no credit left"}')


def reset(*, acts: bool = False) -> Fault:
    """The connection ends without an answer, before or after the effect."""
    return Fault(f"reset{' after the effect' if acts else ''}", hangs_up=True, acts=acts)


def refused() -> Fault:
    """Nobody listens at the vendor's address."""
    return Fault("connection refused", hangs_up=True, how="refused")


def tls() -> Fault:
    """The vendor's certificate is not valid."""
    return Fault("TLS failure", hangs_up=True, how="tls")


def timeout(*, acts: bool = False) -> Fault:
    """The vendor takes the request and does not answer."""
    return Fault(f"time-out{' after the effect' if acts else ''}", seconds=NEVER, acts=acts)


def drip(*, acts: bool = True) -> Fault:
    """The answer comes a byte at a time and never ends in time."""
    return Fault("slow drip", ending="drip", acts=acts)


def endless(*, acts: bool = True) -> Fault:
    """The answer's body has no end."""
    return Fault("endless body", ending="endless", acts=acts)


def extra_fields() -> Fault:
    """The vendor has added fields nobody was told of."""
    return Fault("extra fields", edit="extra", acts=True)


def nulls() -> Fault:
    """The vendor sends null for everything."""
    return Fault("nulls", edit="nulls", acts=True)


def echo(words: str) -> Fault:
    """A good answer that repeats what it was sent: in fields nobody declared, in a link, behind texts for people."""
    return Fault("a good answer that repeats the key", headers={"X-Echo": quote(words)}, acts=True, echoes=words)


def says_no() -> Fault:
    """An error in the body of an answer with status 200."""
    body = b'{"success": false, "ok": false, "status": "error", "error": "simulated", "message": "simulated refusal"}'
    return Fault("200 with an error in it", 200, body=body)


def slow(seconds: float, *, acts: bool = True) -> Fault:
    """The answer comes late."""
    return Fault(f"slow by {seconds:g} s", seconds=seconds, acts=acts)


def html(*, acts: bool = True) -> Fault:
    """A page for people with status 200, as a proxy or a captive portal sends."""
    page = b"<!doctype html><title>Welcome</title><p>Please sign in."
    return Fault("html with 200", 200, {"Content-Type": "text/html"}, page, acts=acts)


def cut_json(part: float = 0.5) -> Fault:
    """The body ends in the middle."""
    return Fault("cut json", cut=part, acts=True)


def empty(*, acts: bool = True) -> Fault:
    """200 and nothing else."""
    return Fault("empty 200", 200, body=b"", acts=acts)


def lagging(reads: int = 1) -> Fault:
    """It was done, and the vendor's own lists do not show it yet."""
    return Fault(f"lagging by {reads}", acts=True, hidden_reads=reads, on="write")


def hidden(seconds: float) -> Fault:
    """It was done and the answer was lost, and the vendor's own lists do not show it for so long."""
    return Fault(f"not visible for {seconds:g} s", hangs_up=True, acts=True, hidden_for=seconds, on="write")


def acts_first(fault: Fault) -> Fault:
    """The same trouble, after the effect."""
    return replace(fault, acts=True, name=f"{fault.name} after the effect")
