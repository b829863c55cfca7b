"""Checks 5 and 9: does any grant carry this permission here, over this person, and in this person's name? Pure."""

from __future__ import annotations

from hub.accounts.place import Place
from hub.users import roles
from hub.users.facts import Principal
from hub.users.verdicts import Denied, Question, lacks_clearance


def grants(q: Question) -> Denied | None:
    if q.principal.kind == "system":
        if q.permission.name.startswith("system."):
            return None
        return Denied(5, "grants.system", f"The hub itself may not {q.permission.does}.")
    if not q.reaching():
        return Denied(5, "grants.none", "There is no such account here.", hidden=True)
    if q.permission.enterprise and not q.place.enterprise:
        return Denied(
            5, "grants.enterprise_only", f"Only at the enterprise account can one {q.permission.does}.",
            "The enterprise's owner and admins can.",
        )  # fmt: skip
    if not q.grants():
        return Denied(
            5, "grants.missing", f"You may not {q.permission.does}.", _who_can(q.place), "Ask them, if you need it."
        )
    return _rank(q)


_TOUCHES_A_PERSON = {"users.edit", "users.change_role", "users.archive", "users.set_password", "login_as.use"}


def _rank(q: Question) -> Denied | None:
    """An owner is nobody's to change; others are changed, and shown, by people of at least their own rank."""
    if q.permission.name not in _TOUCHES_A_PERSON or q.record is None or q.record.kind != "user":
        return None
    mine = max((grant for grant in q.grants()), key=lambda grant: grant.rank)
    showing = q.permission.name == "login_as.use"
    if q.record.rank == roles.get("owner").rank and not (showing and mine.operator):
        return Denied(
            5,
            "grants.owner",
            "The account's owner cannot be changed, archived or shown by others.",
            "The owner can hand the account to somebody else.",
        )
    operator_shows_equal = showing and mine.operator and q.record.rank == mine.rank
    if q.record.rank > mine.rank or operator_shows_equal:
        return Denied(5, "grants.rank", "This person's role is above yours.", "Somebody with at least that role can.")
    return None


def _who_can(place: Place) -> str:
    return f"An owner or admin of {place.name or 'the account'} can change that."


def acting_as(q: Question) -> Denied | None:
    if q.principal.shown is None:
        return None
    if q.permission.never_as:
        return Denied(
            9,
            "acting_as.never",
            f"While logged in as another, nobody can {q.permission.does}.",
            next="Return to your own view and do it there.",
        )
    if not _may_show_here(q.principal, q.principal.shown, q):
        # The person shown may work in accounts where the one who looks on has no business.
        return Denied(9, "acting_as.elsewhere", "There is no such account here.", hidden=True)
    return None


def _may_show_here(actor: Principal, shown: Principal, q: Question) -> bool:
    reaching = [grant for grant in actor.reaching(q.place, q.at.now) if not lacks_clearance(grant, q.place)]
    showing = [grant for grant in reaching if "login_as.use" in grant.permissions]
    rank = shown.rank_at(q.place, q.at.now)
    owner = rank == roles.get("owner").rank
    return any(grant.operator or (grant.rank >= rank and not owner) for grant in showing)
