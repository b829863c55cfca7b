"""What a vendor's answer means: one table, then one function for each side of the wire.

:func:`read` sorts one exchange. :func:`conclude` puts what went over the wire and what the plugin returned together; where
they differ, the wire is believed, so that a plugin that swallows an error, or reports what it did not do, cannot turn an
unclear attempt into a done one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from hub.core import redact
from hub.core.effects import Effect, EffectClass
from hub.core.endpoints import DEADLINE, Endpoint, RawAnswer
from hub.core.outcomes import (
    Already,
    Broken,
    CannotTell,
    Done,
    NeedsAdmin,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Unknown,
    Verdict,
    Wait,
)
from hub.dispatch.backoff import retry_after
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.plain import clean, plain


class Wire(StrEnum):
    """What became of the irreversible request."""

    NONE = "none"
    """None was tried."""
    NOT_SENT = "not_sent"
    """It never left."""
    REFUSED = "refused"
    """The vendor answered and surely did nothing."""
    ACTED = "acted"
    """The vendor answered that it did it, and the answer was readable."""
    UNCLEAR = "unclear"
    """It left, or may have, and no readable answer came."""


MEANINGS: dict[int, type[Outcome]] = {
    400: Rejected, 401: NeedsAdmin, 403: NeedsAdmin, 404: Rejected, 405: Broken, 406: Broken, 410: Rejected,
    411: Broken, 413: Rejected, 414: Rejected, 415: Broken, 422: Rejected, 429: Wait, 431: Rejected, 451: Rejected,
}  # fmt: skip
"""Status → meaning, where neither the endpoint nor the add-on says otherwise.

Not in the table, and therefore *unclear* for a write: 408 and 425 (a proxy's words), 409 (it may mean "already done", "in
progress" or "no": only the vendor's papers can tell), every 3xx, and every 5xx (a gateway knows nothing of what stood behind it).
"""

SHOWN = 300
"""Characters of a vendor's own words that go into a sentence for people."""

LONGEST_ERROR = 64 * 1024
"""Bytes of an error body that are searched for the vendor's own words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one exchange came to.

    Attributes:
        outcome: what it means when it is not a success; None also when the plugin ended before its request could leave.
        answer: the parsed answer when it is; else what :attr:`Endpoint.refusal` reads out of it, if anything.
    """

    wire: Wire
    outcome: Outcome | None = None
    answer: Any = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The end of one try: what the machine is told."""

    outcome: Outcome
    wire: Wire = Wire.NONE
    effect: Effect | None = None
    effect_class: EffectClass | None = None
    deadline: timedelta = DEADLINE
    status: int | None = None
    reference: str = ""


def read(
    endpoint: Endpoint[Any], errors: Mapping[int, type[Outcome]], result: Exchange, now: datetime, who: str
) -> Reading:
    """Sort one exchange.

    Args:
        errors: the add-on's own table; the endpoint's goes before it.
        who: the vendor's name for sentences.
    """
    if isinstance(result, NeverLeft):
        return Reading(Wire.NOT_SENT, _never_left(endpoint, result, who))
    if isinstance(result, Lost):
        return _unclear(endpoint, f"{who}: {result.reason}.", None)
    declared = {**errors, **endpoint.errors}
    if 200 <= result.status < 300 and result.status not in declared:
        return _good(endpoint, result, who)
    meaning = {**MEANINGS, **declared}.get(result.status)
    if meaning is None or meaning.verdict is Verdict.UNKNOWN:
        return _unclear(endpoint, f"{who} answered {result.status}.", result.status)
    outcome = _outcome(meaning, result, now, who)
    wire = Wire.ACTED if outcome.verdict is Verdict.DONE else Wire.REFUSED
    return Reading(wire, outcome, _refusal(endpoint, result), result.status)


def _refusal(endpoint: Endpoint[Any], result: Answered) -> Any:
    """What the vendor says with its *no*, in the endpoint's own shape and without secrets; None where that cannot be had."""
    if endpoint.refusal is None or len(result.content) > LONGEST_ERROR:
        return None
    try:
        return endpoint.parse_refusal(redact.data(json.loads(result.content)))
    except Exception:  # no JSON, nested too deep, another shape; and the model is the plugin's, and may raise anything
        return None


def _never_left(endpoint: Endpoint[Any], result: NeverLeft, who: str) -> Outcome:
    if not result.blocked:
        return Wait(f"{who}: {result.reason}.")
    if endpoint.open:
        return Rejected(f"This step's address is not allowed: {result.reason}.", field="url")
    return NeedsAdmin(f"{who} is not reachable from here: {result.reason}.")


def _unclear(endpoint: Endpoint[Any], reason: str, status: int | None) -> Reading:
    """A read that went wrong has no effect; a write may have."""
    if endpoint.writes:
        return Reading(Wire.UNCLEAR, Unknown(f"{reason} It is not known whether it happened."), status=status)
    return Reading(Wire.REFUSED, Wait(reason), status=status)


def _good(endpoint: Endpoint[Any], result: Answered, who: str) -> Reading:
    if endpoint.answer is RawAnswer:
        return Reading(Wire.ACTED, None, _raw(result), result.status)
    if result.cut:
        return _unclear(endpoint, f"{who}'s answer was too long to read.", result.status)
    try:
        answer = None if _wants_nothing(endpoint) else endpoint.parse(result.content)
        succeeded = endpoint.success is None or endpoint.success(answer)
    except Exception as trouble:  # the answer's model and the success check are the plugin's, and may raise anything
        return _unclear(endpoint, f"{who}'s answer was not readable ({_first(trouble)}).", result.status)
    if not succeeded:
        said = message(result) or "no reason given"
        return Reading(Wire.REFUSED, Rejected(f"{who} refused: {said}"), _refusal(endpoint, result), result.status)
    return Reading(Wire.ACTED, None, answer, result.status)


def _wants_nothing(endpoint: Endpoint[Any]) -> bool:
    """``None`` as the declared answer: the status alone is the proof, as with 204."""
    return endpoint.answer is None or endpoint.answer is type(None)


def _raw(result: Answered) -> RawAnswer:
    text = result.content.decode("utf-8", "replace").replace("\x00", "")
    return RawAnswer(status=result.status, text=text, content_type=result.headers.get("content-type", ""))


def _outcome(meaning: type[Outcome], result: Answered, now: datetime, who: str) -> Outcome:
    said = message(result)
    reason = f"{who} answered {result.status}: {said}" if said else f"{who} answered {result.status}."
    if issubclass(meaning, Wait):
        asked = retry_after(result.headers.get("retry-after"), now)
        return meaning(reason, asked.total_seconds() if asked else None, whole_connection=result.status == 429)
    if issubclass(meaning, Rejected | NeedsAdmin | Broken):
        return meaning(reason)
    if issubclass(meaning, Sent | Already | Done):
        return Already(note=reason)
    return Unknown(reason)


def message(result: Answered) -> str:
    """The vendor's own words out of an error body: short, without secrets, without markup."""
    text = result.content[:LONGEST_ERROR].decode("utf-8", "replace")
    try:
        found = _message_in(json.loads(result.content)) if len(result.content) <= LONGEST_ERROR else ""
    except (ValueError, RecursionError):
        found = "" if "<" in text else text
    words = clean(found, LONGEST_ERROR)
    return " ".join("".join(ch if ch.isprintable() else " " for ch in words).split())[:SHOWN]


def _message_in(data: Any, depth: int = 0) -> str:
    if isinstance(data, str):
        return data
    if not isinstance(data, dict) or depth > 2:
        return ""
    lowered = {str(key).lower(): value for key, value in data.items()}
    words = ("message", "error_description", "detail", "error", "errors", "title", "reason", "responsestatus")
    found = (_message_in(_head(lowered[word]), depth + 1) for word in words if word in lowered)
    return next((text for text in found if text), "")


def _head(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _first(trouble: Exception) -> str:
    if isinstance(trouble, ValidationError):
        error = trouble.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in error["loc"])
        return f"{where}: {error['msg']}" if where else str(error["msg"])
    return type(trouble).__name__


# --- the plugin's word against the wire --------------------------------------------------------------------------


def conclude(returned: Any, wire: Reading | None, *, raised: bool = False) -> tuple[Wire, Outcome]:
    """Put together what the plugin returned and what the irreversible request came to.

    Args:
        returned: the action's value, or the outcome a fault carried.
        wire: the reading of the irreversible request; None when none was made.
        raised: the outcome came out of an error and not as the plugin's considered answer.
    """
    outcome = plain(returned)
    if isinstance(outcome, NotSent | CannotTell):
        outcome = Broken(f"The plugin returned {type(outcome).__name__}, which only reconcile may.")
    if wire is None:
        return Wire.NONE, _without_write(outcome)
    if wire.wire is Wire.NOT_SENT and wire.outcome is None:
        return Wire.NOT_SENT, _without_write(outcome)
    if wire.wire is Wire.UNCLEAR:
        return Wire.UNCLEAR, plain(wire.outcome or Unknown())
    if wire.wire is Wire.ACTED:
        return _after_acting(outcome, raised=raised)
    return wire.wire, _after_refusal(outcome, wire)


def _without_write(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Sent):
        return Broken("The plugin reported something as sent although nothing was sent.")
    if isinstance(outcome, Unknown):
        return Wait(outcome.reason)
    return outcome


def _after_acting(outcome: Outcome, *, raised: bool) -> tuple[Wire, Outcome]:
    """The vendor did it. A plugin that then fails has lost the proof, not undone the deed.

    What it *returns* is its reading of the answer, and it may read a *no* out of it. What it *raises* is something else that
    went wrong meanwhile, such as another call that met a 503: taken at its word, that would send the parcel again.
    """
    if outcome.verdict is Verdict.DONE:
        return Wire.ACTED, outcome
    if raised or isinstance(outcome, Broken | Unknown):
        return Wire.UNCLEAR, Unknown(f"It was sent, and then the plugin failed: {outcome.sentence()}")
    return Wire.REFUSED, outcome


def _after_refusal(outcome: Outcome, wire: Reading) -> Outcome:
    known = plain(wire.outcome or Rejected())
    if isinstance(outcome, Broken | Already) and wire.wire is Wire.REFUSED:
        return outcome
    if wire.wire is Wire.NOT_SENT or outcome.verdict in (Verdict.DONE, Verdict.UNKNOWN):
        return known
    return outcome
