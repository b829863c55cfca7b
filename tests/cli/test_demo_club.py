"""The demo's club, its web server and its mailbox: a crowd to import, a page of what arrived, and people who answer."""

from __future__ import annotations

import base64
import json
from email import message_from_string
from pathlib import Path
from typing import Any

import hub_clubready
import hub_gmail
import pytest
from hub_clubready.simulation import PEOPLE, PROSPECT_TYPES

from hub.cli.demo import answering, arrived
from hub.cli.demo.catch import Catch
from hub.cli.demo.vendor import crowded
from hub.testing.simulator import Simulator, simulation_of

INFO = hub_clubready.addon.hub_addon()


def club(many: int, ledger: Path) -> Simulator:
    return Simulator(INFO, crowded(simulation_of(INFO), many), ledger=ledger)


def everybody(vendor: Simulator) -> list[dict[str, Any]]:
    """Page by page, as the import asks."""
    found, number = [], 1
    while page := asked(vendor, number):
        found, number = [*found, *page], number + 1
    assert number > 12, "so few pages that nobody could watch"
    return found


def asked(vendor: Simulator, number: int) -> list[dict[str, Any]]:
    query = {"ApiKey": "key", "StoreId": "1", "PageSize": "100", "PageNumber": str(number)}
    reply = vendor.handle("GET", "/api/current/club/1/Users/all", query, {}, b"")
    return list(json.loads(reply.body))


def test_a_crowd_comes_page_by_page_each_once_of_all_kinds(tmp_path: Path) -> None:
    people = everybody(club(300, tmp_path / "ledger"))

    assert len({one["UserId"] for one in people}) == len({one["Email"] for one in people}) == 300
    assert {one.get("ProspectTypeId") for one in people} == {None, *(one["Id"] for one in PROSPECT_TYPES)}
    assert sum(not one["Prospect"] for one in people) == 30


def test_who_was_pushed_is_still_there_when_the_demo_is_used_again(tmp_path: Path) -> None:
    body = b"StoreId=1&FirstName=Ada&LastName=Byron&Email=ada%40example.com&SendEmail=false&ExternalId=7"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        club(300, tmp_path / "ledger").handle("POST", "/api/current/users/prospect", {"ApiKey": "key"}, headers, body)

    ids = [one["UserId"] for one in club(300, tmp_path / "ledger").stored(PEOPLE)]

    assert len(ids) == len(set(ids)) == 302


def test_the_page_shows_what_was_acted_on_newest_first_and_no_markup_of_strangers(tmp_path: Path) -> None:
    catch = Catch(tmp_path / "webhooks")
    catch.take("/front-desk", "1", '{"contact": "ada@example.com"}')
    catch.take("/hooks/catch/4711/x/", "2", '{"First Name": "<b>Bo</b>"}')
    catch.take("/hooks/catch/4711/x/", "2", '{"First Name": "<b>Bo</b>"}')

    page = arrived.page(catch.lines())

    assert page.index("<h2>Zapier</h2>") < page.index("<h2>Front desk</h2>")
    assert page.count("&lt;b&gt;Bo&lt;/b&gt;") == 1
    assert "Nothing has arrived yet" in arrived.page([])


# --- the mailbox --------------------------------------------------------------------------------------------------


class AtOnce:
    """A timer that does not wait."""

    daemon = False

    def __init__(self, seconds: float, function: Any, args: list[Any]) -> None:
        self._do = lambda: function(*args)

    def start(self) -> None:
        self._do()


def written_to(vendor: Simulator, number: int) -> None:
    raw = (
        f"From: Adam <{answering.ADDRESS}>\r\nTo: Bo <bo{number}@example.com>\r\nSubject: How did it go?\r\n"
        f"Message-ID: <hub-{number}@mail.example>\r\n\r\nWell?\r\n"
    )
    body = json.dumps({"raw": base64.urlsafe_b64encode(raw.encode()).decode()}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer demo-access-token"}
    assert vendor.handle("POST", "/gmail/v1/users/me/messages/send", {}, headers, body).status == 200


def test_every_third_reader_answers_once_in_the_same_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering.threading, "Timer", AtOnce)
    info = hub_gmail.addon.hub_addon()
    vendor = answering.Answering(info, answering.adams(simulation_of(info)), ledger=tmp_path / "ledger")

    for number in range(30):
        written_to(vendor, number)

    mails = vendor.stored("/gmail/v1/users/me/messages")
    answers = [mail for mail in mails if mail["label"] == "INBOX"]
    asked = {mail["threadId"]: message_from_string(mail["raw"]) for mail in mails if mail["label"] == "SENT"}
    assert 4 <= len(answers) <= 16
    for mail in answers:
        letter, question = message_from_string(mail["raw"]), asked[mail["threadId"]]
        assert letter["In-Reply-To"] == question["Message-ID"]
        assert letter["From"] == question["To"]
