"""Checks 6, 7 and 8: whose record it is, what is locked from above, what is used up. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from hub.accounts.locks import SUBJECTS, LockFact, locked_by
from hub.accounts.place import Place
from hub.users.facts import GrantFact, Visibility
from hub.users.verdicts import Denied, Question


def record(q: Question) -> Denied | None:
    if q.record is None or q.record.kind == "user" or q.principal.kind == "system":
        return None
    if q.record.private and not _owns(q) and not _holds(q, "plans.view_private"):
        return Denied(6, "record.private", "There is no such plan here.", hidden=True)
    if q.record.kind != "contact":
        return None
    seen = widest(grant.visibility for grant in q.grants())
    if seen == "all" or _owns(q) or (seen == "team" and q.record.in_team):
        return None
    return Denied(6, f"record.{seen}", "There is no such contact here.", hidden=True)


def _owns(q: Question) -> bool:
    return q.record is not None and q.record.owner_id == q.principal.effective.id


def _holds(q: Question, permission: str) -> bool:
    return any(permission in grant.permissions for grant in q.reaching())


def widest(visibilities: Iterable[Visibility]) -> Visibility:
    """The widest of several visibilities; none at all sees only what is its own."""
    found = set(visibilities)
    if "all" in found:
        return "all"
    return "team" if "team" in found else "own"


def locks(q: Question) -> Denied | None:
    if q.record and q.record.shared_from not in (None, q.place.id) and not q.permission.copies and _writes(q):
        return Denied(
            7, "locks.shared", "This is shared from an account above and cannot be changed here.",
            "The account that shares it can change it.", "Make a copy of your own, if you need it otherwise.",
        )  # fmt: skip
    lock = locked_by(q.permission.lock, q.place.locks, q.place.ancestors) if q.permission.lock else None
    if lock is None or any(_covers(grant, lock, q.place) for grant in q.grants()):
        return None
    label = SUBJECTS[lock.subject].label
    return Denied(
        7,
        f"locks.{lock.subject}",
        f"{label} is locked by {lock.account_name or 'an account above'}.",
        f"An admin of {lock.account_name or 'that account'} can change or unlock it.",
        "Ask them to change it for you.",
    )


def _writes(q: Question) -> bool:
    return q.permission.name.rpartition(".")[2] not in {"view", "use", "export"}


def _covers(grant: GrantFact, lock: LockFact, place: Place) -> bool:
    """Whether a grant also counts at the account that set the lock."""
    above = place.ancestors[: place.ancestors.index(lock.account_id)]
    return grant.reaches(Place(id=lock.account_id, ancestors=above))


def limits(q: Question) -> Denied | None:
    for used_up in q.at.exhausted:
        if used_up.limit in q.permission.limits:
            return Denied(8, f"limits.{used_up.limit}", used_up.what, used_up.who, used_up.next)
    until = q.place.link_screening_until
    screens = "link_screening" in q.permission.limits and q.record is not None and q.record.external_links
    if screens and until is not None and q.at.now < until:
        return Denied(
            8,
            "limits.link_screening",
            f"New accounts cannot send links to other sites until {until:%d %B %Y}.",
            "An operator can lift this earlier.",
            "The message is held and goes out then; or take the link out.",
        )
    return None
