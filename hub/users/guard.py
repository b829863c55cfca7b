"""The checks as the edges use them: ask, and go on or raise."""

from __future__ import annotations

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.db import clock
from hub.db.errors import NotFound, Refused
from hub.users.checks import Allowed, Denied, decide
from hub.users.facts import Circumstances, Exhausted, Principal, Record, Via


def check(
    principal: Principal,
    permission: str,
    account: Account | Place | int,
    record: Record | None = None,
    *,
    via: Via | None = None,
    exhausted: tuple[Exhausted, ...] = (),
) -> Allowed:
    """Nothing happens when it is allowed. Raises ``Refused``, or ``NotFound`` for what may not even be known to exist.

    Pass the ``Place`` that ``accounts.reads.place`` made when several questions are asked about one account.
    """
    place = account if isinstance(account, Place) else accounts.place(account)
    at = Circumstances(clock.now(), via or Via(), exhausted)
    verdict = decide(principal, permission, place, record, at=at)
    if isinstance(verdict, Denied):
        raise _error(verdict)
    return verdict


def may(
    principal: Principal, permission: str, place: Place, record: Record | None = None, *, via: Via | None = None
) -> bool:
    """Whether it is allowed; for showing or hiding a button. The route behind the button checks again."""
    return bool(decide(principal, permission, place, record, at=Circumstances(clock.now(), via or Via())))


def _error(denied: Denied) -> NotFound | Refused:
    if denied.hidden:
        # The same words as for a missing id, whatever it was that hid it.
        return NotFound()
    return Refused(denied.what, denied.who, denied.next, reason=denied.reason)
