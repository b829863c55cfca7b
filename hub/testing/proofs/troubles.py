"""The troubles of one call: the table of contract.md, section 3.

Each says what the vendor plays and what the trouble truly was: did the request leave, did the vendor act? What the hub must make
of it follows from that and from the declaration (:mod:`hub.testing.proofs.expected`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import cycle

from hub.core.outcomes import Verdict
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.ledger import START
from hub.testing.proofs.shape import Shape

SOON = timedelta(seconds=90)
"""What a vendor asks for in ``Retry-After``."""


@dataclass(frozen=True)
class Trouble:
    """One trouble.

    Attributes:
        name: as it stands in a case's name.
        fault: what the simulator plays.
        left: the request reached the vendor.
        status: of the answer, where it is the status that matters.
        waits: seconds the step must wait at least.
        fine: it is no trouble at all: the answer is good.
        anything: every honest end is as good as another.
        dies: the process dies at this point instead, or as well.
    """

    name: str
    fault: Fault | None = None
    left: bool = True
    status: int | None = None
    waits: float = 0.0
    fine: bool = False
    anything: bool = False
    dies: str = ""

    @property
    def acts(self) -> bool:
        """The vendor did it."""
        return bool(self.fault and self.fault.acts) or self.dies in ("after_send", "before_settle")


def never_left() -> list[Trouble]:
    """Nothing left this machine."""
    return [_of(faults.refused(), left=False), _of(faults.tls(), left=False)]


def ambiguous(shape: Shape) -> list[Trouble]:
    """It left and no readable answer came: the vendor may have acted, or not."""
    return [*_gateways(shape), *ambiguous_kinds(shape)]


def ambiguous_kinds(shape: Shape) -> list[Trouble]:
    """The same without the gateways' statuses, which are four spellings of two troubles."""
    return [*_lost(), *(_unreadable() if shape.reads_answer else []), *_deaths()]


def gateways_in_turn(shape: Shape) -> Iterator[tuple[Trouble, ...]]:
    """Pairs of *before* and *after the effect*, with another status each time, for ever."""
    table = list(_gateways(shape))
    pairs = list(zip(table[::2], table[1::2], strict=True))
    return cycle(pairs or [()])


def refusals(shape: Shape) -> list[Trouble]:
    """The vendor answered that it did nothing, in a way the hub knows or the add-on declares."""
    known = {401: "401, the key is wrong", 403: "403, not allowed"}
    told = {status: f"declared {status}" for status in shape.declared}
    named = {**known, **told}
    plain = [_answer(status, words, shape) for status, words in named.items() if status != 429]
    return [*plain, *_too_many(shape)]


def odd_answers(shape: Shape) -> list[Trouble]:
    """Good answers in an unusual form, and bad ones that look good; for a call whose answer is read at all."""
    if not shape.reads_answer:
        return []
    return [
        replace(_of(faults.extra_fields()), fine=True),
        replace(_of(faults.slow(0.01), "slow, and in time"), fine=True),
        replace(_of(faults.nulls()), anything=True),
        replace(_of(faults.says_no()), anything=True),
        replace(_of(faults.empty(acts=False), "empty 200 before the effect"), anything=True),
        replace(_of(faults.html(acts=False), "HTML with 200 before the effect"), anything=True),
        replace(_of(Fault("{} with 200", 200, body=b"{}")), anything=True),
    ]


def on_a_read() -> Iterator[Trouble]:
    """What can go wrong with a call that only reads."""
    plain = [faults.refused(), faults.tls(), faults.reset(), faults.timeout(), faults.drip(), faults.cut_json(),
             faults.html(), faults.empty(), faults.too_many("90")]  # fmt: skip
    yield from (_of(fault) for fault in plain)
    yield from (_of(faults.status(code)) for code in (401, 403, 404, 500, 502, 503, 504))
    yield replace(_of(faults.nulls()), anything=True)


def _gateways(shape: Shape) -> Iterator[Trouble]:
    for code in (500, 502, 503, 504):
        declared = shape.declared.get(code)
        if declared is None or declared.verdict is Verdict.UNKNOWN:
            yield _of(faults.status(code), f"{code} before the effect", status=code)
            yield _of(faults.status(code, acts=True), f"{code} after the effect", status=code)


def _lost() -> Iterator[Trouble]:
    yield _of(faults.timeout(), "time-out before the effect")
    yield _of(faults.timeout(acts=True), "time-out after the effect")
    yield _of(faults.reset(), "reset before the effect")
    yield _of(faults.reset(acts=True), "reset after the effect")
    yield _of(faults.drip())


def _unreadable() -> Iterator[Trouble]:
    yield _of(faults.endless())
    yield _of(faults.cut_json(), "cut JSON")
    yield _of(faults.html(), "HTML with 200")
    yield _of(faults.empty(), "empty 200")


def _deaths() -> Iterator[Trouble]:
    yield Trouble("killed before it left", dies="after_intent")
    yield Trouble("killed after the effect", dies="after_send")
    yield Trouble("killed before it was written down", dies="before_settle")


def _answer(status: int, words: str, shape: Shape) -> Trouble:
    """An answer that says *already done* is played as one where it is."""
    meaning = shape.meanings.get(status)
    done = meaning is not None and meaning.verdict is Verdict.DONE
    return _of(faults.status(status, acts=done), words, status=status)


def _too_many(shape: Shape) -> Iterator[Trouble]:
    moment = format_datetime(START + SOON, usegmt=True)
    asked = [
        ("in seconds", "90", 90.0),
        ("as a date", moment, 90.0),
        ("junk", "soon, please", 0.0),
        ("none", None, 0.0),
    ]
    for words, value, waits in asked:
        yield replace(_of(faults.too_many(value), f"429, Retry-After {words}", status=429), waits=waits)


def _of(fault: Fault, name: str = "", *, left: bool = True, status: int | None = None) -> Trouble:
    return Trouble(name or fault.name, fault, left, status)
