"""Why may this person do this? The effective access of one principal at one place, permission by permission. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.place import Place
from hub.users import permissions, roles
from hub.users.checks import Allowed, decide
from hub.users.facts import Circumstances, GrantFact, Principal
from hub.users.verdicts import Denied


@dataclass(frozen=True)
class Line:
    """One permission: yes or no, and because of what."""

    permission: str
    does: str
    allowed: bool
    because: str
    reason: str = ""
    """The reason code of a no."""


def access(principal: Principal, place: Place, at: Circumstances) -> list[Line]:
    """Every permission, with the grant that gives it or the check that refuses it."""
    return [why(principal, permission.name, place, at) for permission in permissions.every()]


def why(principal: Principal, permission: str, place: Place, at: Circumstances) -> Line:
    """One permission, explained."""
    does = permissions.get(permission).does
    verdict = decide(principal, permission, place, at=at)
    if isinstance(verdict, Allowed):
        return Line(permission, does, True, "; ".join(_grant_words(grant, place) for grant in verdict.grants))
    return Line(permission, does, False, _of_another(verdict), verdict.reason)


_OF_ANOTHER = {
    "state.must_change_password": "They must change their password first.",
    "grants.none": "None of their roles reaches this account.",
    "grants.missing": "None of their roles includes it.",
}
"""Refusals that say *you* to whoever is refused, told to somebody else."""


def _of_another(verdict: Denied) -> str:
    """Why, told about somebody: without what that person could do next, for another one reads it."""
    told = _OF_ANOTHER.get(verdict.reason)
    return told or " ".join(part for part in (verdict.what, verdict.who) if part)


def pages(principal: Principal, place: Place, at: Circumstances) -> list[str]:
    """The pages a principal may open here. Empty: show ``NO_PAGES`` instead of sending them in circles."""
    names = [one.name for one in permissions.every() if one.name.startswith("page.")]
    return [name.removeprefix("page.") for name in names if decide(principal, name, place, at=at)]


NO_PAGES = (
    "You are signed in, but no pages have been granted to you yet. "
    "An owner or admin of the account can grant them under Settings, Users."
)


def _grant_words(grant: GrantFact, place: Place) -> str:
    where = "here" if grant.account_id == place.id else "from above"
    until = f", until {grant.ends_at:%d %B %Y}" if grant.ends_at else ""
    return f"{roles.label(grant.template)} {where}{until}"
