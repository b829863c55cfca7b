"""What Google means when it says no.

Half of its refusals have status 403 and mean very different things; the ``reason`` tells them apart. Rates are answered with 429
or with 403, and now and then with the time at which the user may go on inside of the sentence.
"""

from __future__ import annotations

import re
from datetime import datetime

from hub.core import NeedsAdmin, Outcome, Refused, Rejected, Wait
from hub_gmail.endpoints import GoogleError

AGAIN = "An admin signs in again on the Gmail page and allows it."

_UNTIL = re.compile(r"[Rr]etry after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)")

TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "backendError"})
FULL_DAY = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg", "quotaExceeded"})
NOT_ALLOWED = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
BY_ADMIN = frozenset(
    {"domainPolicy", "accessNotConfigured", "SERVICE_DISABLED", "failedPrecondition", "delegationDenied"}
)

HOUR = 3600.0
"""Sending stops for up to 24 hours when the day's limit is met; it is a rolling day, so it is asked again each hour."""


def reasons(no: Refused) -> frozenset[str]:
    """The reasons that Google gives, in both of the ways in which it gives them."""
    if not isinstance(no.answer, GoogleError):
        return frozenset()
    said = no.answer.error
    return frozenset({one.reason for one in said.errors} | {str(one.get("reason", "")) for one in said.details})


def lacks_permission(no: Refused) -> bool:
    """The sign-in holds, and does not allow this."""
    return bool(reasons(no) & NOT_ALLOWED)


def better(no: Refused, now: datetime) -> Refused:
    """The same refusal with what it truly means; as it was where Google gives no reason that we know."""
    outcome = _meant(no, now)
    return Refused(outcome, no.status, no.answer) if outcome else no


def _meant(no: Refused, now: datetime) -> Outcome | None:
    why = reasons(no)
    words = no.answer.error.message[:200] if isinstance(no.answer, GoogleError) else ""
    if why & FULL_DAY:
        return Wait(f"Gmail: the day's limit of this mailbox is reached ({words}).", HOUR, whole_connection=True)
    if no.status == 429 or why & TOO_FAST:
        return Wait(f"Gmail asks to go slower ({words}).", _seconds(words, no, now), whole_connection=True)
    if why & NOT_ALLOWED:
        return NeedsAdmin(
            f"Google was not asked, or did not allow, to send mail in this account's name. {AGAIN}", "access_token"
        )
    if why & BY_ADMIN:
        return NeedsAdmin(f"Google does not let this account or this app use Gmail: {words}")
    if no.status == 400 and "invalid to header" in words.lower():
        return Rejected("Gmail does not take the contact's e-mail address.", field="email")
    return None


def _seconds(words: str, no: Refused, now: datetime) -> float:
    """Until when Google wants to be left alone: it says so in the header, in the sentence, or not at all."""
    found = _UNTIL.search(words)
    if found:
        until = datetime.fromisoformat(found[1].replace("Z", "+00:00"))
        return min(max((until - now).total_seconds(), 1.0), 24 * HOUR)
    asked = no.outcome.seconds if isinstance(no.outcome, Wait) else None
    return asked or 60.0
