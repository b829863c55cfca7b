"""May this principal do this here? One pure function, nine checks in a fixed order, the first no wins.

1. **Channel**: an API user comes by the API, from a listed address; a person never with an API user's secret.
2. **State**: invited, active, blocked, archived, must change the password.
3. **Account**: locked shuts everything but the operators' portal; paused holds what goes out, people work on.
4. **Clearance**: a secure account is closed to operators without the secure flag, reading included.
5. **Grants**: does any grant reach this place with this permission, and may it be done to this person?
6. **Record**: own, team or all; private plans.
7. **Locks** from above, whoever asks; only a grant that covers the locking account passes.
8. **Limits**: seats, staff allowance, plan, credits, daily sending, screening of links.
9. **Acting as** another: some things are never done in another's name.

While somebody is logged in as another, checks 1, 2 and 4 look at the one who really sits there, the others at the person shown.

Every no carries a stable reason code and three sentences: what, who can change it, what next. ``hidden`` means that the answer
must be the same as for something that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.accounts.place import Place
from hub.users import bounds, entering, holding, permissions
from hub.users.facts import Circumstances, Principal, Record
from hub.users.verdicts import Allowed, Denied, Question, Verdict

__all__ = ["CHECKS", "LIMITS", "Allowed", "Denied", "Verdict", "decide"]

LIMITS = ("seats", "staff_allowance", "plan", "credits", "daily_sending", "link_screening")

CHECKS: dict[str, Callable[[Question], Denied | None]] = {
    "channel": entering.channel,
    "state": entering.state,
    "account": entering.account,
    "clearance": entering.clearance,
    "grants": holding.grants,
    "record": bounds.record,
    "locks": bounds.locks,
    "limits": bounds.limits,
    "acting as": holding.acting_as,
}


def decide(
    principal: Principal, permission: str, place: Place, record: Record | None = None, *, at: Circumstances
) -> Verdict:
    """The first check that says no, or ``Allowed``."""
    question = Question(principal, permissions.get(permission), place, record, at)
    for check in CHECKS.values():
        if (denied := check(question)) is not None:  # a refusal is falsy, so that callers can write `if decide(…)`
            return denied
    return Allowed(tuple(question.grants()))
