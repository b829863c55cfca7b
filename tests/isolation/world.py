"""The tree of the matrix, what lies in it, and everybody who knocks.

::

    E1 ── Denver ── Boulder        Denver is the house in which something of everything has happened (tests/browser/house.py)
     ├── B   a neighbour            E2 ── E2A   another enterprise and an account of it
     ├── L   locked                 S           secure
     └── P   paused                 T           a template

Each account's rows have ids from a band of their own (``bands``) and words that stand nowhere else.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.test import Client

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.arrivals import entrances
from hub.arrivals.models import Arrival
from hub.audit.actor import SYSTEM
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.intake import intake_many
from hub.contacts.models import Contact, SavedFilter
from hub.users import changes as users
from hub.users.keys import changes as keys
from hub.users.keys import reads as keys_known
from hub.users.models import Grant, Session, User
from tests.browser import house
from tests.isolation import bands
from tests.plans import company
from tests.support.people import PASSWORD, make_account, make_user

E1, DENVER, B, E2, E2A, L, P, S, T, WORKING_IN_DENVER, CALLING_FROM_E2A, OPERATING, LATER = range(13)
"""The bands, in the order in which they are begun. What requests make is of the last one."""

WORDS_OF_DENVER = r"\b(?:Larimer|Lindqvist|Natarajan|Okafor|Blue Bird|Bad knee|Cleo|(?:cleo|alan|grace)@example)\b"
ROOT_OF_OTHERS = {B: E1, E2A: E2, L: E1, P: E1}

HERE = "192.0.2.7"
ELSEWHERE = "198.51.100.9"


@dataclass
class Who:
    """One who knocks, with all that they must never read."""

    name: str
    foreign: tuple[int, ...]
    """Bands of accounts that they have nothing to do with."""
    headers: dict[str, str] = field(default_factory=dict)
    address: str = HERE
    browser: Client = field(default_factory=Client)

    def call(self, method: str, path: str, body: Any = None) -> HttpResponse:
        """One request; what it does to the cookies is forgotten."""
        kept = copy.deepcopy(self.browser.cookies)
        more = {"headers": self.headers, "REMOTE_ADDR": self.address}
        try:
            if path.startswith(("/api/", "/v2/api/")):
                return self.browser.generic(method, path, body or b"", content_type="application/json", **more)
            return _read(getattr(self.browser, method.lower())(path, body or {}, **more))
        finally:
            self.browser.cookies = kept

    def foreign_in(self, text: str) -> list[str]:
        """Ids and words of accounts that they have nothing to do with."""
        if not self.foreign:
            return []
        words = "|".join(words_of(band) for band in self.foreign)
        return bands.in_text(self.foreign, text) + sorted(set(re.findall(words, text)))


def _read(answer: Any) -> HttpResponse:
    """What is sent piece by piece is read at once, while the request lasts."""
    if not answer.streaming:
        return answer  # type: ignore[no-any-return]
    return HttpResponse(answer.getvalue(), status=answer.status_code, headers=dict(answer.headers))


def without(*known: int) -> tuple[int, ...]:
    """All bands but these; whoever knows Denver knows those who work there, and its enterprise."""
    also = {WORKING_IN_DENVER, E1} if DENVER in known else {CALLING_FROM_E2A} if E2A in known else set()
    return tuple(band for band in range(LATER) if band not in {*known, *also})


EVERYTHING = tuple(range(LATER))


def words_of(band: int) -> str:
    """An expression for what stands in this account only."""
    return WORDS_OF_DENVER if band == DENVER else rf"\bQuokka{band}\b|\bquokka{band}@"


@dataclass
class World:
    house: house.House
    accounts: dict[int, Account]
    own: dict[str, object]
    """Route parameter → an id of Denver's."""
    mine: dict[str, object]
    """The same for its salesperson: what is theirs."""
    entrance: str
    """The address at which Denver's vendor delivers."""
    who: dict[str, Who] = field(default_factory=dict)


def build(registry: Any) -> World:
    """Everything, in the caller's transaction."""
    bands.begin(E1)
    e1 = make_account("E1")
    bands.begin(DENVER)
    made = house.build(registry, e1)
    alan = User.objects.get(username="alan")
    his = take_in(made.account, "Alma", "alma")
    Contact.objects.filter(pk=his).update(assigned_user=alan)
    own = {name: value for name, value in made.known.items() if name != "account_id"}
    own["arrival_id"] = Arrival.objects.latest("pk").pk
    own["filter_id"] = SavedFilter.objects.create(account=made.account, user=alan, name="Larimer", query={}).pk
    world = World(made, {E1: e1, DENVER: made.account}, own, {**own, "contact_id": his}, _entrance(made.account))
    _others(world)
    _people(world)
    _programs(world)
    _operators(world)
    bands.begin(LATER)
    return world


def take_in(account: Account, name: str, mailbox: str) -> int:
    given = Incoming({"first_name": name, "email": f"{mailbox}@example.com"}, lead_source=name, tags=(name,))
    return int(intake_many(account, [given], by=SYSTEM, policy=Policy(source="csv"))[0].contact_id or 0)


def _entrance(account: Account) -> str:
    return f"/in/{entrances.token_of(Connection.objects.get(account=account, addon='kinds'))}"


def _others(world: World) -> None:
    """Accounts with somebody, a contact and a plan of their own."""
    for band, name in {B: "B", E2: "E2", E2A: "E2A", L: "L", P: "P", S: "S", T: "T"}.items():
        bands.begin(band)
        account = make_account(f"Quokka{band} {name}", world.accounts.get(ROOT_OF_OTHERS.get(band, -1)))
        world.accounts[band] = account
        take_in(account, f"Quokka{band}", f"quokka{band}")
        company.make_plan(account, company.note_step(), name=f"Quokka{band}")
        _person(world, f"owner of {name}", account, "owner", band)
    accounts.set_secure(world.accounts[S], True, by=SYSTEM)
    accounts.pause(world.accounts[P], by=SYSTEM)
    Account.objects.filter(pk=world.accounts[T].pk).update(template=True)
    accounts.lock_login(world.accounts[L], by=SYSTEM)


def _person(world: World, name: str, account: Account, template: str, band: int, **more: Any) -> Who:
    user = make_user(account, template, f"denver{template}" if band == DENVER else f"quokka{band}{template}", **more)
    return _enter(world, name, user, band)


def _enter(world: World, name: str, user: User, *own: int) -> Who:
    """Signed in, through the real door."""
    who = Who(name, without(*own, *(ROOT_OF_OTHERS.get(band, band) for band in own)))
    answer = who.browser.post("/sign-in", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    world.who[name] = who
    return who


def _people(world: World) -> None:
    bands.begin(WORKING_IN_DENVER)
    denver = world.accounts[DENVER]
    _enter(world, "owner", User.objects.get(username="grace"), DENVER)
    _enter(world, "sales", User.objects.get(username="alan"), DENVER)
    for template in ("admin", "standard"):
        _person(world, template, denver, template, DENVER)
    below = _enter(world, "owner of Boulder", make_user(world.house.branch, "owner", "boulder"), DENVER)
    below.foreign = without(DENVER)
    above = _enter(world, "admin of E1", make_user(world.accounts[E1], "admin", "above", reach="subtree"), DENVER)
    above.foreign = (E2, E2A, S, T)
    for state, change in (("archived", users.archive), ("blocked", users.block)):
        gone = make_user(denver, "admin", state)
        _enter(world, state, gone, DENVER)
        change(gone, denver, by=SYSTEM)
        world.who[state].foreign = EVERYTHING
    _sessions(world)
    world.who["nobody"] = Who("nobody", EVERYTHING)


def _sessions(world: World) -> None:
    """One that has ended by itself, and one of before its owner's role was taken away."""
    denver = world.accounts[DENVER]
    tired = make_user(denver, "admin", "tired")
    _enter(world, "expired session", tired, DENVER).foreign = EVERYTHING
    Session.objects.filter(user_id=tired.pk).update(seen_at=F("seen_at") - timedelta(hours=1))
    lesser = make_user(denver, "admin", "lesser")
    _enter(world, "session of before", lesser, DENVER).foreign = EVERYTHING
    users.change_role(Grant.objects.get(user=lesser), by=SYSTEM, template="standard")


def _operators(world: World) -> None:
    bands.begin(OPERATING)
    plain = _operator("operator", None)
    _enter(world, "operator", plain, *range(LATER)).foreign = ()
    _enter(world, "secure operator", _operator("securely", None, secure=True), *range(LATER)).foreign = ()
    _enter(world, "operator elsewhere", _operator("elsewhere", world.accounts[E2]), E2, E2A, OPERATING)
    shown = _enter(world, "operator as standard", _operator("showing", None), DENVER)
    user = User.objects.get(username="denverstandard")
    answer = shown.browser.post(
        f"/a/{world.accounts[DENVER].pk}/settings/users/{user.pk}/log-in-as", {"confirmed": "1"}
    )
    assert answer.status_code == 302, answer.content.decode()
    shown.foreign = without(DENVER, OPERATING)


def _operator(username: str, place: Account | None, *, secure: bool = False) -> User:
    values = {"username": username, "first_name": username.title(), "email": f"{username}@example.net"}
    user = User(**values, state=User.State.ACTIVE, created_at=company.FRIDAY)
    user.set_password(PASSWORD)
    user.save()
    users.give(user, place, "operator", by=SYSTEM, reach="subtree", secure=secure)
    return user


def _programs(world: World) -> None:
    denver, everything = world.accounts[DENVER], [one.name for one in keys_known.endpoints()]
    secret = _api_user(denver, "Everything", everything)
    within = without(DENVER)
    _program(world, "program", within, _bearer(secret))
    _program(world, "program elsewhere", EVERYTHING, _bearer(secret), address=ELSEWHERE)
    _program(world, "program with one call", within, _bearer(_api_user(denver, "One", ["endpoint.me.read"])))
    gone, withdrawn = keys.create_user(denver, "Withdrawn", everything, ["192.0.2.0/24"], by=SYSTEM)
    keys.withdraw_user(gone, by=SYSTEM)
    _program(world, "withdrawn program", EVERYTHING, _bearer(withdrawn))
    _program(world, "unknown secret", EVERYTHING, _bearer("hub_" + "x" * 40))
    web_key = keys.reveal(denver, "web_key", by=SYSTEM)
    of_e1, of_e2 = (_token(world.accounts[band]) for band in (E1, E2))
    _program(world, "keys", within, {"X-Access-Token": of_e1, "X-Web-Key": web_key})
    _program(world, "keys of two trees", EVERYTHING, {"X-Access-Token": of_e2, "X-Web-Key": web_key})
    bands.begin(CALLING_FROM_E2A)
    theirs = _api_user(world.accounts[E2A], "Theirs", everything)
    _program(world, "program of E2A", without(E2, E2A, CALLING_FROM_E2A), _bearer(theirs))


def _program(world: World, name: str, foreign: tuple[int, ...], headers: dict[str, str], address: str = HERE) -> None:
    world.who[name] = Who(name, foreign, headers, address)


def _api_user(account: Account, name: str, endpoints: list[str]) -> str:
    return keys.create_user(account, name, endpoints, ["192.0.2.0/24"], by=SYSTEM)[1]


def _token(account: Account) -> str:
    return keys.make_key(account, "access_token", by=SYSTEM).secret.reveal()


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
