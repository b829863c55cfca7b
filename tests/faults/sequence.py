"""What only the order of the lines shows: calls before their intent, intents after a pause or a lock, runs taken from the living.

A line *before* a deed and one *after* it bracket the deed, so nothing here is a matter of a lucky moment: what is called wrong
cannot have been right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.history import Line

LEAST_HELD = 60.0
"""Seconds on the hub's clock for which nobody takes what a living worker holds (``hub.engine.sweep.STUCK``, and more)."""

LONGEST_DUE = 60.0
"""Seconds on the wall for which a run may be due, once the last trouble is over, before somebody claims it."""


def faults(lines: Sequence[Line], accounts: Mapping[str, int]) -> Iterator[str]:
    """One sentence each.

    Args:
        accounts: run → its account.
    """
    yield from _unannounced(lines)
    yield from _after_it_was_shut(lines, accounts)
    yield from _due_for_too_long(lines)
    for taken in takings(lines):
        if taken.stolen:
            yield f"stolen: {taken.run} was taken from {taken.holder}, which lived, after {taken.hub_seconds:.1f} s"


def _unannounced(lines: Iterable[Line]) -> Iterator[str]:
    """Each call needs an intent of its own, durable before it."""
    intents: Counter[str] = Counter()
    for line in lines:
        if line["what"] == "intent":
            intents[line["run"]] += 1
        elif line["what"] == "call":
            run = line["ref"].split("-")[2]
            intents[run] -= 1
            if intents[run] < 0:
                yield f"unannounced: {run} was sent before it was written down that it would be"


SHUTS = {"pause": "paused", "lock": "locked"}
"""Line → what the accounts of it then are. It is open again when the line of the same name with *un* before it is written."""


def _after_it_was_shut(lines: Iterable[Line], accounts: Mapping[str, int]) -> Iterator[str]:
    """An intent begun while its account was shut, and durable before it was opened: one that was begun before may have been first
    at the barrier, and one that was durable later may have waited until it was open."""
    shut: dict[str, set[int]] = {name: set() for name in SHUTS}
    asked: dict[tuple[str, int, str], set[str]] = {}
    for line in lines:
        what = line["what"]
        if what in SHUTS:
            shut[what].update(_shut_by(line))
        elif what.removeprefix("un") in SHUTS:
            name, opened = what.removeprefix("un"), set(_shut_by(line))
            shut[name] -= opened
            for (run, _, _), ways in asked.items():
                ways -= {name} if accounts.get(run) in opened else set()
        elif what == "asks":
            asked[_who(line)] = {name for name in SHUTS if accounts.get(line["run"]) in shut[name]}
        elif what == "intent":
            for name in sorted(asked.pop(_who(line), ())):
                yield f"after the {name}: {line['run']} was let out of a {SHUTS[name]} account"


def _who(line: Line) -> tuple[str, int, str]:
    return line["run"], line["fence"], line.get("by", "")


def _shut_by(line: Line) -> Iterable[int]:
    """A pause is one account's; a lock names all that it shuts."""
    return line["accounts"] if "accounts" in line else [line["account"]]


def _due_for_too_long(lines: Iterable[Line]) -> Iterator[str]:
    """What stood due from one look to the next, and the next, and nobody claimed it between them."""
    since: dict[str, float] = {}
    late: set[str] = set()
    for line in lines:
        if line["what"] == "claim":
            since.pop(line["run"], None)
        elif line["what"] == "due":
            since = {run: since.get(run, line["t"]) for run in line["runs"]}
            found = {run for run, at in since.items() if line["t"] - at > LONGEST_DUE} - late
            late |= found
            yield from (
                f"late: {run} was due for over {LONGEST_DUE:.0f} s when all was well again" for run in sorted(found)
            )


@dataclass(frozen=True)
class Taking:
    """A run that one worker claimed and another claimed after it, although the first had said nothing more about it.

    Attributes:
        hub_seconds: between the two claims, on the hub's clock; seconds: since the first one's death, on the wall's.
        sent: the first had written an intent down.
    """

    run: str
    holder: str
    hub_seconds: float
    seconds: float | None
    sent: bool

    @property
    def stolen(self) -> bool:
        """The first lived, and it was too soon."""
        return self.seconds is None and self.hub_seconds < LEAST_HELD


@dataclass
class _Held:
    claim: Line
    sent: bool = False


def takings(lines: Sequence[Line]) -> Iterator[Taking]:
    """All of them."""
    ended = {
        line["by"]: line["t"] for line in lines if line["what"] == "ended"
    }  # noticed late, so it counts from the start
    killed: dict[str, float] = {}
    held: dict[str, _Held] = {}
    for line in lines:
        what = line["what"]
        if what == "kill":
            killed[line["whom"]] = line["t"]
        elif what in ("offers", "person"):
            _let_go(held, line)
        elif what == "intent" and _is_holder(held, line):
            held[line["run"]].sent = True
        elif what == "claim":
            before = held.get(line["run"])
            if before is not None and before.claim.get("by") != line.get("by"):
                yield _taking(before, line, {**ended, **killed})
            held[line["run"]] = _Held(line)


def _is_holder(held: Mapping[str, _Held], line: Line) -> bool:
    holder = held.get(line["run"])
    return holder is not None and holder.claim["fence"] == line["fence"]


def _let_go(held: dict[str, _Held], line: Line) -> None:
    if line["what"] == "person" or _is_holder(held, line):
        held.pop(line["run"], None)


def _taking(before: _Held, line: Line, dead: Mapping[str, float]) -> Taking:
    holder = before.claim.get("by", "")
    since = line["t"] - dead[holder] if holder in dead else None
    return Taking(line["run"], holder, line["at"] - before.claim["at"], since, before.sent)


def figures(lines: Sequence[Line]) -> list[str]:
    """How soon the runs of the dead were taken over, in a line or two."""
    found = list(takings(lines))
    told = []
    for name, sent in (("not yet sent", False), ("already sent", True)):
        seconds = sorted(t.seconds for t in found if t.seconds is not None and t.sent is sent)
        if seconds:
            told.append(f"taken over from the dead, {name}: {_spread(seconds)}")
    return told


def _spread(seconds: Sequence[float]) -> str:
    middle, near_the_end = seconds[len(seconds) // 2], seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
    return f"{len(seconds)} steps, p50 {middle:.1f} s, p99 {near_the_end:.1f} s, longest {seconds[-1]:.1f} s"
