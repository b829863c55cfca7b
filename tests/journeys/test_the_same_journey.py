"""One journey on both ways to run, in real processes, held against the vendor's own ledger.

Contacts come in by CSV, an admin puts all of them on a plan in the browser, and each gets a note, a gift in the post and a tag.
Embedded it goes undisturbed. Scaled out a worker is killed while calls are out, Redis is wiped twice and killed once, and
PostgreSQL is stopped in mid-statement: nothing is lost and nobody gets a second gift. Every part of it is started with
HUB_ROW_SECURITY=1, so PostgreSQL keeps the accounts apart all the while; at the end another vendor's people come in.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from hub.cli.demo.people import people
from tests.journeys.books import effects, until
from tests.journeys.house import House
from tests.journeys.judging import GIFT, faults
from tests.journeys.visitor import Visitor
from tests.support.postgres import Postgres
from tests.support.valkey import Valkey

pytestmark = pytest.mark.slow

CONTACTS = 40
EMAILS = [person.email for person in people(CONTACTS)]
CLUB = 30
"""People at the other vendor."""

SECONDS = 300.0
"""The longest a stage of a journey may take; alone all of them need a tenth of that."""


def walk(house: House, url: str, company: dict[str, object]) -> None:
    """What the admin does: wait for the import, put everybody on the plan, click twice."""
    books = house.books
    until(lambda: books.number("SELECT COUNT(*) FROM contacts_contact") == CONTACTS, SECONDS, lambda: books.read(
        "SELECT state, problem FROM imports_import"))  # fmt: skip
    account, plan = int(str(company["account"])), int(str(company["plan"]))
    with Visitor(url) as admin:
        admin.sign_in(str(company["user"]), str(company["password"]))
        count, report = admin.enroll_everybody(account, plan)
        again = admin.read(f"/a/{account}/plans/{plan}")
    assert f"{CONTACTS} contacts would start" in count
    assert f"{CONTACTS} contacts were put on" in report
    assert "Welcome" in again


def at_rest(house: House) -> bool:
    """Whether everybody came on the plan and nothing moves any more."""
    house.see_that_all_live()
    return house.books.number("SELECT COUNT(*) FROM plans_enrollment") == CONTACTS and house.books.at_rest()


def test_embedded_everything_is_done_once(tmp_path: Path) -> None:
    with House(tmp_path, f"sqlite:///{tmp_path / 'hub' / 'hub.sqlite3'}") as house:
        company = house.found_company(CONTACTS)
        _, line = house.start("up", "--port", "0")
        walk(house, line.partition(" ")[2], company)
        until(lambda: at_rest(house), SECONDS, house.books.states)

        assert house.books.states() == {"done": CONTACTS * 3}
        assert effects(house.ledger) == dict.fromkeys(EMAILS, 1)
        assert faults(house.books, house.ledger, EMAILS) == []


def keys() -> dict[str, str]:
    """Scaled out, every host is given the same keys."""
    sealing = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {"HUB_SECRET_KEYS": sealing, "HUB_SECRET_KEY": secrets.token_urlsafe(50)}


def test_scaled_out_under_trouble_nothing_is_lost_or_done_twice(
    tmp_path: Path, durable_postgres: Postgres, valkey: Valkey
) -> None:
    url = durable_postgres.create_database("journey")
    with House(tmp_path, url, club=CLUB, HUB_REDIS_URL=valkey.url, HUB_ROW_SECURITY="1", **keys()) as house:
        company = house.found_company(CONTACTS)
        _, line = house.start("web", "--port", "0")
        worker, _ = house.start("worker", "--threads", "4")
        house.start("ticker")
        page = line.partition(" ")[2]
        walk(house, page, company)

        when_gifts_are_out(house, 0.1, valkey.wipe)
        when_gifts_are_out(house, 0.3, lambda: house.kill(worker))
        house.start("worker", "--threads", "4")
        when_gifts_are_out(house, 0.5, lambda: crash(durable_postgres))
        when_gifts_are_out(house, 0.65, lambda: crash(valkey))
        when_gifts_are_out(house, 0.8, valkey.wipe)
        until(lambda: at_rest(house), SECONDS, house.books.states)

        assert faults(house.books, house.ledger, EMAILS) == []
        assert sum(effects(house.ledger).values()) <= CONTACTS
        assert house.books.states()["review"] <= CONTACTS // 4, "most gifts were far from any trouble"

        house.bring_the_club_in()
        until(lambda: came_in(house), SECONDS, lambda: house.books.read("SELECT state, waits FROM imports_import"))
        look_round_as_a_tenant(page, company, url)


def came_in(house: House) -> bool:
    """Whether both imports are through, and everybody is there."""
    states = {state for (state,) in house.books.read("SELECT state FROM imports_import")}
    return states == {"done"} and house.books.number("SELECT COUNT(*) FROM contacts_contact") == CONTACTS + CLUB


def look_round_as_a_tenant(url: str, company: dict[str, object], database_url: str) -> None:
    """The pages of an admin's own account, and nobody else's; and without the tenants' right none at all."""
    account = int(str(company["account"]))
    with Visitor(url) as admin:
        admin.sign_in(str(company["user"]), str(company["password"]))
        own = admin.ask(f"/a/{account}/contacts")
        report = admin.ask(f"/a/{account}/add-ons/clubready/import")
        foreign = admin.ask(f"/a/{account + 1}/contacts")
        with psycopg.connect(database_url, autocommit=True) as session:
            session.execute("REVOKE SELECT ON contacts_contact FROM journey_tenant")
        refused = admin.ask(f"/a/{account}/contacts")

    assert [each.status_code for each in (own, report, foreign, refused)] == [200, 200, 404, 500]
    assert "@club.example" in own.text
    assert "Prospects and clients" in report.text


def when_gifts_are_out(house: House, share: float, trouble: Callable[[], object]) -> None:
    """Make trouble when this share of the gifts has been dealt with, and a call is out."""
    sql = f"SELECT COUNT(*) FROM plans_steprun WHERE seq = {GIFT} AND state IN ('done', 'review')"
    until(lambda: house.books.number(sql) >= share * CONTACTS, SECONDS, house.books.states)
    until(lambda: bool(house.books.states()["calling"]) or house.books.at_rest(), SECONDS, house.books.states)
    trouble()


def crash(server: Postgres | Valkey) -> None:
    """As a power cut would end it, and back again."""
    server.crash() if isinstance(server, Postgres) else server.kill()
    server.start()


def test_the_judge_sees_a_planted_double_and_a_planted_loss(tmp_path: Path) -> None:
    class Planted:
        def __init__(self, states: dict[int, str]) -> None:
            self._states = states

        def runs(self) -> dict[str, dict[int, str]]:
            return {"ada@mail.example": self._states}

        def notes(self) -> dict[str, object]:
            return {}

    line = '{"body": {"email": "ada@mail.example"}}\n'
    ledger = tmp_path / "gifts.jsonl"
    ledger.write_text(line * 2)

    twice = faults(Planted({0: "done", 1: "done", 2: "done"}), ledger, ["ada@mail.example"])  # type: ignore[arg-type]
    lost = faults(Planted({0: "done"}), ledger, ["ada@mail.example"])  # type: ignore[arg-type]
    ledger.write_text("")
    false = faults(Planted({0: "done", 1: "done", 2: "done"}), ledger, ["ada@mail.example"])  # type: ignore[arg-type]

    assert any("acted 2 times" in fault for fault in twice)
    assert any("lost: step 1" in fault for fault in lost)
    assert any("false" in fault for fault in false)
