"""May this step run now? The one place that decides, from facts, without looking anything up.

The first rule that speaks wins. A *hold* waits for its reason to go and is then released in order; a *refusal* ends the step
before any call is made; nothing is ever dropped without a line in the contact's history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Hold(StrEnum):
    """Why a step run waits. The wording for people is in ``hub/history/wording.py`` and the templates."""

    ACCOUNT_PAUSED = "account_paused"
    ACCOUNT_LOCKED = "account_locked"
    UNCLAIMED = "unclaimed"
    ADDON_UNAVAILABLE = "addon_unavailable"
    ADDON_OFF = "addon_off"
    SETTINGS = "settings_incomplete"
    CONNECTION = "connection"
    RATE = "rate"
    RETRIES = "retries"
    LATE = "late"
    HOURS = "hours"
    STORE = "store"
    BREAKER = "breaker_open"
    REPEAT = "possible_repeat"
    BUDGET = "no_budget"
    DAILY_CAP = "daily_cap"
    SHARE = "contact_share"
    LINKS = "link_screening"


ENDS_PLAN = "ends_plan"
"""The code of a step that does not run because its plan ends early for the contact."""


class Do(StrEnum):
    """What the gate says."""

    GO = "go"
    HOLD = "hold"
    WAIT = "wait"
    REFUSE = "refuse"
    ASK = "ask"
    CANCEL = "cancel"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the gate is told.

    Attributes:
        account_status: ``active`` or ``paused``.
        account_locked: an operator locked the account.
        claimed: a loaded plugin claims the action type.
        unclaimed_reason: why none does.
        elsewhere: the plugin is loaded in other processes and not in this one: when to look again, so that one of those has it.
        addon: ``active``, or why the add-on is not (a :class:`Hold` value).
        addon_reason: the doorway's own sentence for it.
        connection_ok: the credential was not refused since it was last changed.
        connection_reason: what the vendor said.
        blocked_until: the vendor asked the whole connection to wait.
        resting: why the connection is given a rest, while it is: too many calls came to grief.
        enrollment_running: the contact is still on the plan.
        contact_archived: the contact was archived.
        ends_plan: why the plan ends early for this contact: a goal that was reached, a reason to stop.
        cancel_requested: a person stopped the step.
        missing: what the action needs and the contact lacks, in words.
        late_after: the moment from which a person decides whether it may still start, or None.
        late_usual: that moment is the usual one and not the step's own word, so hours and sleep that lie ahead make nothing late.
        late_skips: then nobody is asked, and it is passed over.
        not_meant: why the step is passed over for this contact: the plan means it for others.
        unwanted: why the contact is not to get it: they want no more of its kind.
        had_enough, enough_until: why it waits: the contact has had as many of its kind as one gets in a day; and until when.
        screened: why it may not leave yet: the account is new, and it leads to other places.
        screened_until: when it is looked at again.
        opens_at: when the hours in which it may start begin, where they are over now; and why it may not start now.
        open_attempts: earlier attempts whose outcome is not known: what the contact lacks or how late it is no longer counts,
            for the bytes are frozen, nor does the hour. A stop still counts; the machine then asks a person instead of
            closing the step.
    """

    account_status: str = "active"
    account_locked: bool = False
    claimed: bool = True
    unclaimed_reason: str = ""
    elsewhere: datetime | None = None
    addon: str = "active"
    addon_reason: str = ""
    connection_ok: bool = True
    connection_reason: str = ""
    blocked_until: datetime | None = None
    resting: str = ""
    enrollment_running: bool = True
    contact_archived: bool = False
    ends_plan: str = ""
    cancel_requested: bool = False
    missing: tuple[str, ...] = ()
    late_after: datetime | None = None
    late_usual: bool = False
    late_skips: bool = False
    not_meant: str = ""
    unwanted: str = ""
    had_enough: str = ""
    enough_until: datetime | None = None
    screened: str = ""
    screened_until: datetime | None = None
    opens_at: datetime | None = None
    opens_why: str = ""
    open_attempts: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's answer, with the reason a person can read."""

    do: Do
    code: str = ""
    sentence: str = ""
    until: datetime | None = None


GO = Gate(Do.GO)


def gate(facts: GateFacts, now: datetime) -> Gate:
    """Decide: the first of :data:`RULES` that speaks."""
    for rule in RULES:
        answer = rule(facts, now)
        if answer is not None:
            return answer
    return GO


def shut(facts: GateFacts, now: datetime) -> str:
    """Why nothing of the account is asked of the vendor here and now, not even what became of what left; empty where it may."""
    lacking = _plugin(facts, now) if facts.elsewhere is not None else None
    answer = _account(facts, now) or lacking or _addon(facts, now)
    return answer.sentence if answer else ""


def _ended(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.cancel_requested or not facts.enrollment_running:
        return Gate(Do.CANCEL, "stopped", "The contact was taken off the plan.")
    if facts.contact_archived:
        return Gate(Do.SKIP, "archived", "The contact is archived, so nothing more is sent.")
    if facts.ends_plan and not facts.open_attempts:
        return Gate(Do.CANCEL, ENDS_PLAN, facts.ends_plan)
    return None


def _account(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.account_locked:
        return Gate(Do.HOLD, Hold.ACCOUNT_LOCKED, "The account is locked by an operator.")
    if facts.account_status != "active":
        return Gate(Do.HOLD, Hold.ACCOUNT_PAUSED, "The account is paused.")
    return None


def _plugin(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.claimed:
        return None
    if facts.elsewhere is not None:
        return Gate(Do.WAIT, Hold.UNCLAIMED, "This worker has not loaded the plugin that others have.", facts.elsewhere)
    reason = facts.unclaimed_reason or "No installed plugin claims this kind of step."
    return Gate(Do.HOLD, Hold.UNCLAIMED, reason)


def _addon(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.addon == "active":
        return None
    return Gate(Do.HOLD, facts.addon, facts.addon_reason or "The add-on is off.")


def _connection(facts: GateFacts, now: datetime) -> Gate | None:
    if not facts.connection_ok:
        return Gate(Do.HOLD, Hold.CONNECTION, facts.connection_reason or "The connection needs an admin.")
    if facts.blocked_until is not None and facts.blocked_until > now:
        why = "The vendor asked us to slow down."
        return put_off(facts, facts.blocked_until, why) or Gate(Do.WAIT, Hold.RATE, why, facts.blocked_until)
    return None


def _lateness(facts: GateFacts, now: datetime) -> Gate | None:
    """By the step's own word also when it could start only when it would be too late: a step may sleep for weeks."""
    starts = now if facts.late_usual else max(now, facts.opens_at or now)
    if facts.late_after is None or starts <= facts.late_after or facts.open_attempts:
        return None
    if facts.late_skips:
        return Gate(Do.SKIP, Hold.LATE, "The step was later than it may be, so it was skipped.")
    return Gate(Do.HOLD, Hold.LATE, "The step is later than it may be; a person decides.")


def put_off(facts: GateFacts, until: datetime, why: str) -> Gate | None:
    """What becomes of a step that a limit or the vendor puts off until it is too late by its own word, and that is to be skipped
    then. None: it waits."""
    if not facts.late_skips or facts.late_after is None or until <= facts.late_after or facts.open_attempts:
        return None
    return Gate(Do.SKIP, Hold.LATE, f"The step would be later than it may be, so it was skipped: {why}")


def _hours(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.opens_at is None or facts.opens_at <= now or facts.open_attempts:
        return None
    return Gate(Do.WAIT, Hold.HOURS, facts.opens_why or "The step waits for its hours.", facts.opens_at)


def _meant(facts: GateFacts, now: datetime) -> Gate | None:
    """Asked when the step would start, for by then much may be true of the contact that was not."""
    if not facts.not_meant or facts.open_attempts:
        return None
    return Gate(Do.SKIP, "not_meant", facts.not_meant)


def _wanted(facts: GateFacts, now: datetime) -> Gate | None:
    """Asked when the step would start: whoever wants no more gets no more, whatever was planned before."""
    if not facts.unwanted or facts.open_attempts:
        return None
    return Gate(Do.SKIP, "unwanted", facts.unwanted)


def _enough(facts: GateFacts, now: datetime) -> Gate | None:
    if facts.enough_until is None or facts.enough_until <= now or facts.open_attempts:
        return None
    why = facts.had_enough or "The contact has had enough for today."
    return put_off(facts, facts.enough_until, why) or Gate(Do.WAIT, Hold.SHARE, why, facts.enough_until)


def _screened(facts: GateFacts, now: datetime) -> Gate | None:
    if not facts.screened or facts.open_attempts:
        return None
    return Gate(Do.WAIT, Hold.LINKS, facts.screened, facts.screened_until)


def _contact(facts: GateFacts, now: datetime) -> Gate | None:
    if not facts.missing or facts.open_attempts:
        return None
    return Gate(Do.REFUSE, "missing", f"The contact has no {' and no '.join(_bare(item) for item in facts.missing)}.")


def _bare(words: str) -> str:
    """``a complete postal address`` after *no* reads without its article."""
    for article in ("a ", "an "):
        if words.startswith(article):
            return words.removeprefix(article)
    return words


def _resting(facts: GateFacts, now: datetime) -> Gate | None:
    """Asked last: only what would call the vendor now is held, and any of those can be the next to try."""
    if not facts.resting:
        return None
    return Gate(Do.HOLD, Hold.BREAKER, facts.resting)


Rule = Callable[[GateFacts, datetime], Gate | None]

RULES: tuple[Rule, ...] = (
    _ended,
    _account,
    _plugin,
    _addon,
    _connection,
    _lateness,
    _hours,
    _meant,
    _wanted,
    _contact,
    _enough,
    _screened,
    _resting,
)
"""In the order in which a person would ask. Why-not (``hub.engine.whynot``) walks the same tuple, each under its own name."""
