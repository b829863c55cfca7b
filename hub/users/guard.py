"""The checks as the edges use them: ask, and go on or raise."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.accounts.place import PLATFORM, Place
from hub.db import clock
from hub.db.errors import NotFound, Refused
from hub.users import giving, reads, roles
from hub.users.checks import Allowed, Denied, decide
from hub.users.facts import Circumstances, Exhausted, GrantFact, Principal, Record, Via
from hub.users.models import Grant, User


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


def check_over(principal: Principal, user: User) -> None:
    """Whether everything that this user holds is at most what this principal holds there too. Ask it before changing how
    somebody signs in: whoever has their password has all their accounts. Raises ``Refused``."""
    for held in reads.grants(user):
        if _was_given_more(held, check_role(principal, held)):
            raise Refused(
                _("This user was given more than you have."),
                _("The account's owner can change it."),
                reason="users.above",
            )


def check_role(principal: Principal, held: Grant) -> list[GrantFact]:
    """Whether one role that somebody holds counts nowhere beyond what this principal holds, and by which roles of theirs. Ask
    it before changing that role: what is taken away here would be gone there, too. Raises ``Refused``."""
    now = clock.now()
    mine = [grant for grant in principal.effective.grants if grant.in_force(now)]
    place = accounts.place(held.account) if held.account else PLATFORM
    covering = [grant for grant in mine if giving.covers(grant, place, held.reach)]
    if not any(grant.rank >= roles.get(held.template).rank for grant in covering):
        raise Refused(
            _("This user also works in other accounts."),
            _("The user, or an admin of an account above all of these, can change it."),
            reason="users.elsewhere",
        )
    return covering


def _was_given_more(held: Grant, covering: list[GrantFact]) -> bool:
    """Whether something was added to a role that those who hold the same role have not."""
    cleared = not held.secure or any(grant.secure for grant in covering)
    return not cleared or bool(set(held.extra) - giving.to_be_had(covering))


def _error(denied: Denied) -> NotFound | Refused:
    if denied.hidden:
        # The same words as for a missing id, whatever it was that hid it.
        return NotFound()
    return Refused(denied.what, denied.who, denied.next, reason=denied.reason)
