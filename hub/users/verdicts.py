"""What the checks are asked and what they answer: a ``Question``, and ``Allowed`` or ``Denied``."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.place import Place
from hub.users.facts import Circumstances, GrantFact, Principal, Record
from hub.users.permissions import Permission


@dataclass(frozen=True)
class Allowed:
    """Yes, and through which grants (none: the hub itself)."""

    grants: tuple[GrantFact, ...] = ()

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Denied:
    """No: which check, why, and what to do about it."""

    check: int
    reason: str
    what: str
    who: str = ""
    next: str = ""
    hidden: bool = False

    def __bool__(self) -> bool:
        return False

    @property
    def sentence(self) -> str:
        return " ".join(part for part in (self.what, self.who, self.next) if part)


@dataclass(frozen=True)
class Question:
    """What is asked, in one hand."""

    principal: Principal
    permission: Permission
    place: Place
    record: Record | None
    at: Circumstances

    def grants(self) -> list[GrantFact]:
        """The grants of the person in force here that carry the permission and have the clearance."""
        return [grant for grant in self.reaching() if self.permission.name in grant.permissions]

    def reaching(self) -> list[GrantFact]:
        return [
            grant
            for grant in self.principal.effective.reaching(self.place, self.at.now)
            if not lacks_clearance(grant, self.place)
        ]


Verdict = Allowed | Denied


def lacks_clearance(grant: GrantFact, place: Place) -> bool:
    return place.secure and grant.operator and not grant.secure
