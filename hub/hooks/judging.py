"""What a receiver's answer means, and when to try again. Pure; time and chance come in as arguments.

The schedule is the one that Standard Webhooks recommends: about three days. Any 2xx is a yes. 410 is a farewell. 429, 502 and 504
say that there is too much at once, so the whole endpoint rests; ``Retry-After`` is honoured up to a day, and never makes a wait
shorter. A redirect is not followed: it may lead anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.dispatch.backoff import LONGEST_RETRY_AFTER, retry_after
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft

WAITS = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""Before the second try, the third, and so on. The first is made at once; after the tenth it is over."""

SPREAD = 0.2
"""Each wait is longer or shorter by up to a fifth, so that what failed together does not come back together."""

REST = timedelta(seconds=60)
"""How long an endpoint is left in peace that says there is too much and not for how long."""

TOO_MUCH = frozenset({429, 502, 504})
GONE = 410

DISABLED_AFTER = timedelta(days=5)
"""Everything has failed for so long …"""

DISABLED_MESSAGES = 10
"""… and so many messages did."""

SHOWN = 1_024
"""Characters of an answer that people are shown."""


class Outcome(StrEnum):
    """What a try came to."""

    TAKEN = "taken"
    REFUSED = "refused"
    TOO_MUCH = "too_much"
    GONE = "gone"
    LOST = "lost"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a try.

    Attributes:
        again_at: when to try again; None: it is over.
        rest_until: until when the endpoint gets nothing.
    """

    outcome: Outcome
    again_at: datetime | None = None
    rest_until: datetime | None = None
    status: int | None = None
    said: str = ""

    @property
    def taken(self) -> bool:
        """The receiver has it."""
        return self.outcome is Outcome.TAKEN


def judge(answer: Exchange, tries: int, now: datetime, chance: float) -> Verdict:
    """What an answer means.

    Args:
        tries: how many there have been with this one.
        chance: a number in [0, 1).
    """
    if isinstance(answer, NeverLeft | Lost):
        blocked = isinstance(answer, NeverLeft) and answer.blocked
        outcome = Outcome.FORBIDDEN if blocked else Outcome.LOST
        return Verdict(outcome, again(tries, now, chance), said=f"{answer.reason[:1].upper()}{answer.reason[1:]}.")
    return _answered(answer, tries, now, chance)


def _answered(answer: Answered, tries: int, now: datetime, chance: float) -> Verdict:
    said = shown(answer.content)
    if 200 <= answer.status < 300:
        return Verdict(Outcome.TAKEN, status=answer.status, said=said)
    if answer.status == GONE:
        return Verdict(Outcome.GONE, status=answer.status, said=said)
    asked = retry_after(answer.headers.get("retry-after"), now)
    next_try = again(tries, now, chance, asked)
    if answer.status not in TOO_MUCH:
        return Verdict(Outcome.REFUSED, next_try, status=answer.status, said=said)
    return Verdict(Outcome.TOO_MUCH, next_try, now + max(asked or REST, REST), answer.status, said)


def again(tries: int, now: datetime, chance: float, asked: timedelta | None = None) -> datetime | None:
    """When the next try is, after so many; None after the last. ``asked`` is what the receiver wants, and bounded already."""
    if tries > len(WAITS):
        return None
    wait = WAITS[tries - 1] * (1 - SPREAD + 2 * SPREAD * chance)
    return now + max(wait, min(asked or wait, LONGEST_RETRY_AFTER))


def is_broken(failing_since: datetime | None, failed_messages: int, now: datetime) -> bool:
    """Whether an endpoint is to be disabled: nothing has been taken for days, and it was not for want of messages."""
    if failing_since is None or now - failing_since < DISABLED_AFTER:
        return False
    return failed_messages >= DISABLED_MESSAGES


def shown(content: bytes) -> str:
    """The beginning of an answer as text without control characters."""
    text = content[: 4 * SHOWN].decode("utf-8", "replace")
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")[:SHOWN]
