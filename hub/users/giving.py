"""What one may give to another: never a role above one's own, nor one that reaches further, and no single permission that is not
to be had here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    covering = [grant for grant in mine if covers(grant, place, reach)]
    if not any(grant.operator or grant.rank >= wanted.rank for grant in covering):
        raise Refused(
            _("You cannot let others work in accounts that you cannot work in yourself."),
            _("Somebody whose role reaches that far can."),
            _("Choose “This account only”, or ask them."),
            reason="giving.reach",
        )
    above = sorted(set(extra) - to_be_had(covering))
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


def to_be_had(covering: Sequence[GrantFact]) -> set[str]:
    """What the giver holds wherever the role will count, and what the roles below hold: an owner may not call, but may let
    others call."""
    held = {permission for grant in covering for permission in grant.permissions}
    rank = max(grant.rank for grant in covering)
    for template in roles.assignable():
        if template.rank < rank:
            held |= template.permissions
    return held
