"""The values that the checks look at: who asks, through which door, for which record. Frozen, and free of the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hub.accounts.place import Place
from hub.users import roles

Visibility = Literal["own", "team", "all"]
Door = Literal["ui", "api", "job", "command"]


@dataclass(frozen=True)
class GrantFact:
    """One grant, its template resolved into permissions."""

    account_id: int | None
    """Where it is placed; None is the platform."""
    reach: str
    template: str
    permissions: frozenset[str]
    visibility: Visibility = "all"
    secure: bool = False
    ends_at: datetime | None = None

    @property
    def operator(self) -> bool:
        return roles.get(self.template).operator

    @property
    def rank(self) -> int:
        return roles.get(self.template).rank

    def reaches(self, place: Place) -> bool:
        """Whether this grant counts at a place."""
        if self.account_id == place.id:
            return True
        if self.reach == "children":
            return (place.ancestors[-1] if place.ancestors else None) == self.account_id and place.id is not None
        return self.reach == "subtree" and (self.account_id is None or self.account_id in place.ancestors)

    def in_force(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


def grant(
    template: str,
    account_id: int | None,
    reach: str = "here",
    *,
    visibility: Visibility | None = None,
    extra: Iterable[str] = (),
    withdrawn: Iterable[str] = (),
    profile: str = "neutral",
    secure: bool = False,
    ends_at: datetime | None = None,
) -> GrantFact:
    """A grant as a value, its template resolved."""
    seen: Visibility = visibility or roles.get(template).visibility  # type: ignore[assignment]  # data, tested
    names = roles.resolve(template, extra, withdrawn, profile)
    return GrantFact(account_id, reach, template, names, seen, secure, ends_at)


@dataclass(frozen=True)
class Principal:
    """Who asks: a person, an API user, a plugin or the hub itself, with every grant they hold."""

    kind: Literal["person", "api", "plugin", "system"]
    id: str = ""
    label: str = ""
    state: str = "active"
    must_change_password: bool = False
    grants: tuple[GrantFact, ...] = ()
    addresses: tuple[str, ...] = ()
    """An API user's listed addresses and networks; an empty list refuses all."""
    shown: Principal | None = None
    """The person whose view is shown, while this one is logged in as them."""

    @property
    def effective(self) -> Principal:
        """Whose grants count."""
        return self.shown or self

    def reaching(self, place: Place, now: datetime) -> list[GrantFact]:
        """The grants that count at a place."""
        return [grant for grant in self.grants if grant.in_force(now) and grant.reaches(place)]

    def rank_at(self, place: Place, now: datetime) -> int:
        """The highest rank held at a place; 0 without any grant there."""
        return max((grant.rank for grant in self.reaching(place, now)), default=0)


SYSTEM = Principal("system", label="The hub")
ANONYMOUS = Principal("person", state="anonymous", label="Somebody who has not signed in")


@dataclass(frozen=True)
class Via:
    """Through which door, from which address, and with what in hand."""

    door: Door = "ui"
    ip: str = ""
    credential: Literal["session", "secret", "none"] = "session"


@dataclass(frozen=True)
class Record:
    """What a permission is asked for, as far as the checks care."""

    kind: str = "contact"
    owner_id: str | None = None
    """The user it is assigned to, or who made it."""
    in_team: bool = False
    """Whether its owner is in the asking person's team; see ``reads.team_ids``."""
    private: bool = False
    shared_from: int | None = None
    """The account above that shares it, live and read-only."""
    external_links: bool = False
    rank: int = 0
    """For a user record: the highest rank that user holds in this account."""


@dataclass(frozen=True)
class Exhausted:
    """A limit that is used up, with the sentence that says so."""

    limit: str
    what: str
    who: str = ""
    next: str = ""


@dataclass(frozen=True)
class Circumstances:
    """What else the checks need to know: the time, the door, and the limits that are used up."""

    now: datetime
    via: Via = field(default_factory=Via)
    exhausted: tuple[Exhausted, ...] = ()
