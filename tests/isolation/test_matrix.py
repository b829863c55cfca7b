"""Every route, everybody who may knock at it, and whose ids they bring: no answer differs from what is written.

A cell is asked and taken back. Its answer has the status that stands in `written`; it tells nothing of an account that the one
who asks has nothing to do with, neither an id nor a word; whoever is not let in changed no row; and a foreign id is answered in
the very words that an unknown one gets. `--matrix=large` asks every cell, `small` some of each route and of everybody.

What leads from one account into another without naming it is asked, too: forms full of foreign ids, a cursor, an idempotency
key, and numbers that grow.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.isolation.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SOME = ("", "contacts", "plans", "runs/inbox", "imports", "settings/users", "settings/audit", "settings/sub-accounts")
"""The pages that count most; `--matrix=large` looks at all."""

BY_ID = {
    f"a/<int:account_id>/{page}"
    for page in ("contacts/<int:contact_id>", "plans/<int:plan_id>", "imports/<int:import_id>", "runs/<uuid:run_id>")
}

SEATS = {"small": 1, "large": 10_000}
"""How many are asked of each route and method."""


def test_every_route_stands_among_what_is_written() -> None:
    import hub.api.urls  # noqa: F401
    from tests.isolation.cells import stated
    from tests.isolation.written import ROUTES

    assert {
        route: permission for route, permission in stated().items() if ROUTES.get(route, ("",))[0] != permission
    } == {}


def test_no_cell_differs_from_what_is_written(world: World, pytestconfig: pytest.Config) -> None:
    from tests.isolation import cells, judging

    chosen = cells.rotating(list(cells.every(world)), SEATS[pytestconfig.getoption("--matrix")])
    found = judging.walk(world, chosen)

    assert {cell.route for cell in chosen} == set(cells.stated())
    assert set(found.by) == set(world.who)
    assert not found.wrong, found.told()


def test_no_form_carries_an_id_from_one_account_into_another(world: World, pytestconfig: pytest.Config) -> None:
    from tests.isolation import cells, judging

    chosen = list(cells.smuggling(world))
    found = judging.walk(world, chosen if pytestconfig.getoption("--matrix") == "large" else chosen[::4])

    assert not found.wrong, found.told()


def test_without_the_codes_scoping_the_matrix_would_cry_out(world: World) -> None:
    """The proof of the net: once the questions name no account any more, foreign rows come to light."""
    from tests.isolation import cells, judging, unscoped

    chosen = [cell for cell in cells.every(world) if cell.who == "owner of E2A" and cell.method == "GET"]
    with unscoped.reads():
        found = judging.walk(world, [cell for cell in chosen if cell.route in BY_ID])

    assert {line.partition(":")[0] for line in found.wrong} == {"owner of E2A"}
    assert len(found.wrong) >= len(BY_ID)


def test_a_cursor_of_one_account_opens_nothing_in_another(world: World) -> None:
    first = json.loads(world.who["program"].call("GET", "/api/contacts?limit=2").content)

    theirs = world.who["program of E2A"]
    answer = theirs.call("GET", f"/api/contacts?limit=2&cursor={first['next']}")

    assert (bool(first["next"]), len(first["contacts"])) == (True, 2)
    assert answer.status_code in (200, 422)
    assert theirs.foreign_in(answer.content.decode()) == []


def test_an_idempotency_key_belongs_to_whom_it_was_used_by(world: World) -> None:
    body = json.dumps({"last_name": "Quokka"}).encode()
    answers = []
    for name in ("program", "program of E2A"):
        who = world.who[name]
        who.headers = {**who.headers, "Idempotency-Key": "the-same-key"}
        answers.append(json.loads(who.call("POST", "/api/contacts", body).content))

    assert [answer["outcome"] for answer in answers] == ["created", "created"]
    assert answers[0]["contact"]["id"] != answers[1]["contact"]["id"]


def test_what_happens_in_other_accounts_changes_no_page(world: World, pytestconfig: pytest.Config) -> None:
    """No page of Denver's owner counts anything of a neighbour's, of another enterprise's or of the accounts above."""
    from hub.db import clock

    wanted = None if pytestconfig.getoption("--matrix") == "large" else SOME
    with clock.use(clock.VirtualClock(clock.now() + timedelta(minutes=1))):
        _pages(world, wanted)  # lists of the vendor's are fetched and kept
        before = _pages(world, wanted)
        _busy_elsewhere(world)
        after = _pages(world, wanted)

    assert len(before) >= len(SOME)
    assert [path for path in before if before[path] != after[path]] == []


def _pages(world: World, wanted: tuple[str, ...] | None) -> dict[str, tuple[int, str]]:
    """Every page that the owner may look at, as text without what varies anyway."""
    from tests.isolation import cells, judging
    from tests.isolation.world import DENVER

    here = f"/a/{world.accounts[DENVER].pk}/"
    addresses = [
        cells.filled(path, world.own, world.accounts[DENVER].pk)
        for _, method, path in cells.routes()
        if method == "GET"
    ]
    pages = [at for at in addresses if at.startswith(here) and (wanted is None or at.removeprefix(here) in wanted)]
    owner = world.who["owner"]
    return {at: _timeless(judging.said(owner.call("GET", at))) for at in pages}


def _timeless(said: tuple[int, str]) -> tuple[int, str]:
    """Without how long ago something was: that grows while one looks."""
    return said[0], re.sub(r'class="moment">[^<]*<', "", said[1])


def _busy_elsewhere(world: World) -> None:
    """More of everything in the accounts around Denver."""
    from hub.audit.actor import SYSTEM
    from hub.plans import enrollment
    from hub.plans.models import Plan
    from tests.isolation.world import E1, E2A, B, take_in
    from tests.plans import company
    from tests.support.people import make_user

    for band in (E1, B, E2A):
        account = world.accounts[band]
        people = [take_in(account, f"Numbat{n}", f"numbat{n}") for n in range(3)]
        company.make_plan(account, company.note_step(), name="Numbats")
        enrollment.enroll(Plan.objects.filter(account=account).latest("pk"), people, by=SYSTEM)
        make_user(account, "sales")
