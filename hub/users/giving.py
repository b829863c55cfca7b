"""What one may give to another: never a role above one's own, nor one that reaches further, and no single permission that is not
to be had here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from hub.accounts.place import Place
from hub.db.errors import Refused
from hub.users import permissions, roles
from hub.users.facts import Circumstances, GrantFact, Principal


def check(
    giver: Principal,
    place: Place,
    template: str,
    extra: Iterable[str] = (),
    *,
    reach: str = "here",
    at: Circumstances,
) -> None:
    """Raises ``Refused`` when this principal may not give this template with this reach and these extra permissions here."""
    if giver.kind == "system":
        return
    mine = giver.effective.reaching(place, at.now)
    rank = max((grant.rank for grant in mine), default=0)
    wanted = roles.get(template)
    operator = any(grant.operator for grant in mine)
    if not roles.exists(template) or not (wanted.assignable or operator) or wanted.rank > rank:
        raise Refused(
            _("You cannot give the role %(role)s.") % {"role": wanted.label},
            _("Somebody with that role or a higher one can."),
            reason="giving.role",
        )
    if not any(covers(grant, place, reach) and (grant.operator or grant.rank >= wanted.rank) for grant in mine):
        raise Refused(
            _("You cannot let others work in accounts that you cannot work in yourself."),
            _("Somebody whose role reaches that far can."),
            _("Choose “This account only”, or ask them."),
            reason="giving.reach",
        )
    above = sorted(set(extra) - _to_be_had(mine, rank))
    if above:
        does = permissions.get(above[0]).does if permissions.exists(above[0]) else above[0]
        raise Refused(
            _("You cannot give the permission to %(does)s, for you do not have it.") % {"does": does},
            _("The account's owner can."),
            reason="giving.permission",
        )


def covers(grant: GrantFact, place: Place, reach: str) -> bool:
    """Whether a grant counts wherever one with this reach, placed here, would count."""
    if not grant.reaches(place):
        return False
    if reach == "here" or grant.reach == "subtree":
        return True
    return grant.reach == reach == "children" and grant.account_id == place.id


def _to_be_had(mine: Iterable[object], rank: int) -> set[str]:
    """What the giver holds, and what the roles below hold: an owner may not call, but may let others call."""
    held: set[str] = set()
    for grant in mine:
        held |= getattr(grant, "permissions", frozenset())
    for template in roles.assignable():
        if template.rank < rank:
            held |= template.permissions
    return held
