"""The cells: who knocks, at which route, with whose ids; and what is written about the answer.

Three answers besides being let in: *away* (to the sign-in, or 401), *refused* (403: they are known here and may not), *hidden*
(404, in the very words that an unknown id gets). *Any* is for what is public.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hub.api.v2 import door
from hub.users import declare
from tests.isolation import bands
from tests.isolation.world import DENVER, E2A, B, L, P, S, World
from tests.isolation.written import METHODS, NOT_AS_ANOTHER, OF_OTHERS, ROUTES, WHO

AWAY, REFUSED, HIDDEN, OPEN, ANY = "away", "refused", "hidden", "open", "any"

STRANGERS = ("nobody", "archived", "blocked", "expired session", "session of before")
OUTSIDERS = (
    "owner of B", "owner of E2", "owner of E2A", "owner of Boulder", "owner of L", "owner of P", "owner of S", "owner of T",
    "operator elsewhere",
)  # fmt: skip
ROLES = {
    "owner": "leaders", "admin": "leaders", "admin of E1": "leaders", "standard": "standard", "sales": "sales",
    "operator as standard": "standard", "operator": "operators", "secure operator": "operators",
}  # fmt: skip
PROGRAMS = (
    "program", "program elsewhere", "program with one call", "withdrawn program", "unknown secret", "keys", "keys of two trees",
    "program of E2A",
)  # fmt: skip

ELSEWHERE = (
    ("owner of E2A", "leaders", E2A), ("owner of B", "leaders", B), ("owner of P", "leaders", P),
    ("operator elsewhere", "operators", E2A), ("secure operator", "operators", S),
)  # fmt: skip
"""Who is let in there, by which role, and brings Denver's ids along."""

PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
NO_UUID = "00000000-0000-7000-8000-000000000000"
WORDS = {"str": "x", "slug": "x", "path": "x"}
IDS = ("int", "uuid", None)
"""Kinds of parameters that name a row; of words nobody needs to keep quiet. The API's carry no kind."""


@dataclass(frozen=True)
class Cell:
    who: str
    method: str
    route: str
    path: str
    twin: str
    """The same address with ids that nothing has."""
    expected: str
    body: Any = field(default=None, compare=False)

    @property
    def sent(self) -> str:
        """What they said themselves, and may hear again."""
        return f"{self.path} {self.body}"

    @property
    def asks_for_more(self) -> bool:
        """Whether there is nothing at the bare address, also for those who are let in."""
        return self.route.endswith(
            ("/edit/field", "/test/<uuid:run_id>", "/lists/<slug:name>", "/test-mail", "/emails/<email_id>")
        )

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.path} ({self.route})"


def routes() -> Iterator[tuple[str, str, str]]:
    """(route, method, path as the resolver has it) of everything that the running hub serves."""
    v2 = {name.partition("/")[0]: method for method, name in door.calls}
    for route in dict.fromkeys(path for path, _view in declare.routes()):
        first, _space, rest = route.partition(" ")
        if first in METHODS:
            yield route, first, rest
        elif route.startswith("v2/api/"):
            yield route, v2[route.split("/")[2]], route
        elif route.startswith("^"):
            yield route, "GET", route[1:].partition("(")[0] + "/no-such-call"
        else:
            yield route, "GET", route
            yield route, "POST", route


def stated() -> dict[str, str | None]:
    """Route → the permission that its view states."""
    return {path: declare.permission_of(view) for path, view in declare.routes()}


def every(world: World) -> Iterator[Cell]:
    """All cells, route by route."""
    for route, method, path in routes():
        if path.startswith(("api/", "v2/api/")):
            yield from _of_call(world, route, method, path)
        elif "account_id" in path:
            yield from _of_page(world, route, method, path)
        else:
            yield from _of_nowhere(route, method, path)


def rotating(cells: list[Cell], seats: int) -> list[Cell]:
    """Some of them: of each route and method so many, another who each time, so that all routes and all who occur."""
    chosen: list[Cell] = []
    turn = 0
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.route, cell.method), []).append(cell)
    for group in grouped.values():
        for _ in range(min(seats, len(group))):
            chosen.append(group[turn % len(group)])
            turn += 7 if len(group) % 7 else 5
    return list(dict.fromkeys(chosen))


def _of_page(world: World, route: str, method: str, path: str) -> Iterator[Cell]:
    """Denver's page, for everybody; and in the outsiders' own accounts the same page with Denver's ids."""

    def cell(who: str, expected: str, band: int = DENVER, known: dict[str, object] = world.own) -> Cell:
        account = world.accounts[band].pk
        nowhere = bands.NOWHERE if band == DENVER and who != "sales" else account
        return Cell(who, method, route, filled(path, known, account), filled(path, {}, nowhere), expected)

    for who in (*STRANGERS, *PROGRAMS):
        yield cell(who, AWAY)
    for who in OUTSIDERS:
        yield cell(who, HIDDEN)
    for who in ROLES:
        yield cell(who, _expected(who, route, method, path), known=world.mine if who == "sales" else world.own)
    if "contact_id" in path:
        door = ROUTES.get(route, ("",))[0]
        yield cell("sales", HIDDEN if "sales" in WHO.get(door, "").split() else REFUSED)
    yield cell("owner of L", REFUSED, L)
    yield cell("operator", REFUSED, S)
    yield cell("operator as standard", HIDDEN, S)
    for who, role, band in ELSEWHERE:
        own = _by_role(route, method, role)
        yield cell(who, HIDDEN if own == OPEN and _names_a_row(path) else own, band)


def _expected(who: str, route: str, method: str, path: str) -> str:
    """What somebody of Denver's gets to see of Denver."""
    found = _by_role(route, method, ROLES[who])
    if who == "operator as standard" and ROUTES.get(route, ("",))[0] in NOT_AS_ANOTHER:
        return REFUSED
    of_others = any(one["name"] in OF_OTHERS for one in PARAMETER.finditer(path))
    return HIDDEN if who == "sales" and found == OPEN and of_others else found


def _by_role(route: str, method: str, role: str) -> str:
    needed = ROUTES.get(route, ("", "", ""))[2 if method == "POST" else 1]
    return OPEN if role in WHO.get(needed, "").split() else REFUSED


def _of_nowhere(route: str, method: str, path: str) -> Iterator[Cell]:
    """Pages that belong to no account."""
    public = ROUTES.get(route, ("",))[0] == declare.PUBLIC
    at = "/" + filled(path, {}, bands.NOWHERE).lstrip("/")
    for who in (*STRANGERS, *PROGRAMS):
        yield Cell(who, method, route, at, at, ANY if public else AWAY)
    for who in (*ROLES, *OUTSIDERS):
        yield Cell(who, method, route, at, at, ANY if public else OPEN)


def _of_call(world: World, route: str, method: str, path: str) -> Iterator[Cell]:
    """A call of either API."""
    at, twin = (filled(path, known, 0) for known in (_as_the_api_names_them(world), {}))
    needed = ROUTES.get(route, ("",))[0]
    if needed == declare.PUBLIC:
        for who in (*STRANGERS, *ROLES, *PROGRAMS):
            yield Cell(who, method, route, at, twin, ANY)
        return
    body = b"{}" if method in ("POST", "PATCH") else None
    for who in (*STRANGERS, *ROLES, *OUTSIDERS, "withdrawn program", "unknown secret"):
        yield Cell(who, method, route, at, twin, AWAY, body)
    for who in ("program elsewhere", "keys of two trees"):
        yield Cell(who, method, route, at, twin, REFUSED, body)
    yield Cell(
        "program with one call", method, route, at, twin, OPEN if needed == "endpoint.me.read" else REFUSED, body
    )
    for who in ("program", "keys"):
        yield Cell(who, method, route, at, twin, OPEN, body)
    yield Cell("program of E2A", method, route, at, twin, HIDDEN if _names_a_row(path) else OPEN, body)


def _as_the_api_names_them(world: World) -> dict[str, object]:
    from hub.plans.models import Enrollment

    denver = world.accounts[DENVER]
    enrollment = Enrollment.objects.filter(account=denver, state="running").latest("pk")
    own = world.own
    return {**own, "client_id": own["contact_id"], "enrollment_id": enrollment.pk, "email_id": own["run_id"]}


def filled(path: str, known: dict[str, object], account: int) -> str:
    """The address of a route; a parameter that is not known gets a value that nothing has."""

    def fill(found: re.Match[str]) -> str:
        kind, name = found["kind"], found["name"]
        nothing = NO_UUID if kind == "uuid" else WORDS.get(kind or "", str(bands.NOWHERE))
        if (kind, name) in (("str", "client_id"), (None, "email_id")):
            nothing = str(bands.NOWHERE) if name == "client_id" else NO_UUID
        if kind in WORDS and name not in ("token", "client_id"):
            return str(FIXED.get(name, known.get(name, nothing)))
        return str({"account_id": account, **known}.get(name, nothing))

    return "/" + PARAMETER.sub(fill, path).lstrip("/")


FIXED = {"subject": "tags", "addon": "kinds", "name": "groups", "kind": "web_key"}
"""Words in addresses that are no rows: the same for the twin. The add-on of these is on in Denver only."""

ROWS_BY_WORD = ("client_id", "addon")


def _names_a_row(path: str) -> bool:
    if path.endswith("/offer"):
        return False  # the catalog is everybody's
    named = [(found["kind"], found["name"]) for found in PARAMETER.finditer(path)]
    return any(name in ROWS_BY_WORD or (kind in IDS and name != "account_id") for kind, name in named)


def smuggling(world: World) -> Iterator[Cell]:
    """Whoever may use every page of their own account sends each of them a form full of Denver's ids."""
    account = world.accounts[E2A].pk
    own = {"key": world.own["key"]}
    for route, method, path in routes():
        if method == "POST" and "account_id" in path:
            at = filled(path, own, account)
            yield Cell("owner of E2A", method, route, at, at, ANY, _foreign_form(world))
        elif path.startswith(("api/", "v2/api/")) and method in ("POST", "PATCH"):
            at = filled(path, {}, account)
            yield Cell("program of E2A", method, route, at, at, ANY, json.dumps(_foreign_body(world)).encode())
        elif method == "GET" and "account_id" in path and not _names_a_row(path):
            at = f"{filled(path, own, account)}?{urlencode(_foreign_query(world))}"
            yield Cell("owner of E2A", method, route, at, at, ANY)


def _foreign_query(world: World) -> dict[str, object]:
    own = world.own
    return {
        "contact": own["contact_id"], "plan": own["plan_id"], "run": own["run_id"], "step": own["key"], "on_plan": own["plan_id"],
        "assigned": own["user_id"], "lead_source": own["source_id"],
        "chosen": own["contact_id"], "account": world.accounts[DENVER].pk,
    }  # fmt: skip


def _foreign_form(world: World) -> dict[str, object]:
    own = world.own
    return {
        **_foreign_query(world), "contacts": [own["contact_id"]], "item": [own["run_id"]], "delivery": [own["delivery_id"]],
        "row": 1, "id": own["contact_id"], "user": own["user_id"], "assigned_user": own["user_id"], "owner": own["user_id"],
        "sales_cycle": own["stage_id"], "next_plan": own["plan_id"], "default_lead_source": own["source_id"], "act": "skip",
        "account": [world.accounts[DENVER].pk], "to": [world.accounts[DENVER].pk], "clone": 1, "confirmed": "1", "token": "t",
        "name": "Mine", "first_name": "Mine", "text": "Mine", "reason": "Mine", "word": "Mine", "on": "1", "next": "/",
        "import": own["import_id"], "base": 0, "revision": 0, "choice": own["plan_id"], "value": own["user_id"],
        "into": own["tag_id"],
    }  # fmt: skip


def _foreign_body(world: World) -> dict[str, object]:
    own = world.own
    return {
        "last_name": "Mine", "lead_source_id": own["source_id"], "sales_cycle_id": own["stage_id"], "plan_id": own["plan_id"],
        "assigned_user_id": own["user_id"], "contact_ids": [own["contact_id"]], "contact_id": own["contact_id"],
        "client_id": own["contact_id"], "action_plan_id": own["plan_id"], "firstName": "Mine", "lastName": "Mine", "note": "Mine",
    }  # fmt: skip
