"""The whole story of ClubReady in a real browser: switched on, matched, cloned to two sub-accounts, imported, looked at; and the
account's keys, copied from the API tab and used.

The vendor is ClubReady's simulator behind a real socket; pages of the import are read in threads, as workers would.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 20_000  # milliseconds for an answer on a busy machine
BRANCHES = ("Downtown", "Lakeview")
PLAN = "Prospect follow-up"
MANY = 8
COPIED = "async wanted => await navigator.clipboard.readText() === wanted"


@dataclass
class Club:
    """The enterprise, its two branches, and the club's side of the wire."""

    url: str
    acme: Any
    branches: list[Any]
    answering: threading.Event
    """Cleared, the club keeps the third page of its people to itself."""

    def at(self, more: str = "") -> str:
        return f"/a/{self.acme.pk}/add-ons/clubready{more}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def club(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Club]:
    """Every account has the same lead sources and the same plan; ClubReady is available and off."""
    import hub_clubready
    from django.db import connection, transaction

    import hub.steps
    from hub.addons import catalog, changes, installed
    from hub.audit.actor import SYSTEM
    from hub.cli.demo.vendor import crowded
    from hub.core.egress import Egress
    from hub.core.registry import from_objects
    from hub.dispatch.outside import Outside
    from hub.imports import actors
    from hub.plans import loading
    from hub.testing.simulator import Simulator, simulation_of
    from hub.testing.simulator_server import SimulatorServer
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    answering = threading.Event()
    answering.set()

    class Patient(Simulator):
        def handle(self, method: str, path: str, query: Any, *more: Any) -> Any:
            if query.get("PageNumber") == "3":
                answering.wait(LONG / 1000)
            return super().handle(method, path, query, *more)

    turns: list[threading.Thread] = []

    def ring(*ids: int) -> None:
        def turn() -> None:
            actors.run_turn.fn(*ids)
            connection.close()

        turns.append(threading.Thread(target=turn))
        turns[-1].start()

    monkeypatch.setattr(actors.run_turn, "send", ring)
    loading.forget()
    found = from_objects([hub_clubready.addon, hub.steps.addon])
    info = found.plugins["clubready"].info
    with SimulatorServer(Patient(info, crowded(simulation_of(info), MANY))) as vendor:
        outside = Outside(Egress.of([vendor.address]), vendor.urls)
        with installed.use(found), installed.use_outside(outside):
            with transaction.atomic():
                catalog.sync(found)
                acme = make_account("Acme")
                branches = [make_account(name, acme) for name in BRANCHES]
                changes.make_available(acme, "clubready", by=SYSTEM)
                for account in (acme, *branches):
                    _lists_and_plan(account)
                make_user(acme, "owner", "grace", reach="subtree")
            yield Club(live_server.url, acme, branches, answering)
            answering.set()
            for one in turns:
                one.join()
        outside.close()
    loading.forget()


def _lists_and_plan(account: Any) -> None:
    from hub.audit.actor import SYSTEM
    from hub.cli.demo import company
    from hub.contacts import list_changes

    for name in ("Walk-in", "Website"):
        list_changes.add_lead_source(account, name, by=SYSTEM)
    note = company.step("steps.note", "Say where they come from", {"text": "{{client.firstName}} came from the club."})
    company.plan(account, PLAN, "For those who come from the club.", [note])


def test_from_switching_clubready_on_to_contacts_on_their_plans_and_keys_in_use(browser: Browser, club: Club) -> None:
    with visit(browser, club.url) as window:
        window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        enter(window, club)
        switch_on(window)
        match_types(window, club)
        clone(window, club)
        bring_in(window, club)
        look_at_contacts(window, club)
        use_keys(window, club)
        assert window.trouble == []


def enter(window: Visit, club: Club) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={club.at()}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda address: "/sign-in" not in address)


def switch_on(window: Visit) -> None:
    """Tick the box, paste the key, press Test."""
    page = window.page
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Save settings")).to_be_visible(timeout=LONG)
    page.locator("input[type=password]").fill("club-key-1234567")
    page.get_by_label("Store ID").fill("1234")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Test the new key now")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("#diagnosis")).to_contain_text("The connection to ClubReady works", timeout=LONG)
    look(window, "story-on")


def match_types(window: Visit, club: Club) -> None:
    """The live list of prospect types, each with a lead source, one with a plan."""
    window.open(club.at("/mappings"))
    for card, theirs, ours in ((0, "Walk-in", "Walk-in"), (0, "Web lead", "Website"), (1, "Web lead", PLAN)):
        choose(window, "choice", theirs, card)
        choose(window, "key", ours, card)
        window.page.get_by_role("button", name="Add mapping").nth(card).click()
        line = window.page.locator("#mappings .lines .line", has_text=f"{theirs} → {ours}")
        expect(line.first).to_be_visible(timeout=LONG)
    look(window, "story-mapped")


def choose(window: Visit, name: str, label: str, card: int) -> None:
    """Choose by what is read, in the nth card, as soon as it is there: ClubReady's list is asked for live."""
    field = window.page.locator(f"#mappings select[name={name}]").nth(card)
    expect(field.locator("option", has_text=re.compile(f"^{label}$"))).to_have_count(1, timeout=LONG)
    field.evaluate(
        "(node, label) => { node.value = [...node.options].find(one => one.text === label).value;"
        "node.dispatchEvent(new Event('change', {bubbles: true})) }",
        label,
    )


def clone(window: Visit, club: Club) -> None:
    """See what would happen in each sub-account, then do it."""
    from hub.addons.mappings import reads

    window.page.get_by_role("link", name="Clone mapping to sub-accounts").click()
    for name in BRANCHES:
        expect(window.page.get_by_role("heading", name=name)).to_be_visible(timeout=LONG)
    expect(window.page.get_by_text("added", exact=True)).to_have_count(6)
    assert reads.lines(club.branches[0], "clubready") == []
    look(window, "story-clone")

    window.page.get_by_role("button", name="Clone the mapping").click()
    expect(window.page.get_by_text("Last cloned to 2 accounts")).to_be_visible(timeout=LONG)
    for branch in club.branches:
        lines = {f"{line.label} → {line.name}" for line in reads.lines(branch, "clubready")}
        assert lines == {"Walk-in → Walk-in", "Web lead → Website", f"Web lead → {PLAN}"}


def bring_in(window: Visit, club: Club) -> None:
    """Dry, and then for good, with a page that moves by itself."""
    from hub.contacts.models import Contact

    page = window.page
    window.open(club.at("/import"))
    page.get_by_role("button", name="Dry run first").click()
    expect(page.get_by_text("Nothing is imported yet")).to_be_visible(timeout=LONG)
    assert Contact.objects.count() == 0

    club.answering.clear()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("4 records")).to_be_visible(timeout=LONG)
    look(window, "story-importing")
    club.answering.set()
    expect(page.get_by_role("link", name="See the contacts")).to_be_visible(timeout=LONG)
    look(window, "story-report")


def look_at_contacts(window: Visit, club: Club) -> None:
    """Those whose type has a plan are on it."""
    from hub.plans.models import Enrollment

    window.page.get_by_role("link", name="See the contacts").click()
    rows = window.page.locator("tbody tr")
    expect(rows).to_have_count(MANY)
    expect(rows.filter(has_text=PLAN)).to_have_count(3)
    assert Enrollment.objects.count() == 3
    look(window, "story-contacts")

    rows.filter(has_text=PLAN).first.get_by_role("link").first.click()
    expect(window.page.locator("main")).to_contain_text(f"Put on plan “{PLAN}”", timeout=LONG)
    expect(window.page.locator("main")).to_contain_text("Came from ClubReady")
    window.shoot("story-contact")


def use_keys(window: Visit, club: Club) -> None:
    """A program with the copied keys sees the same people."""
    window.open(f"/a/{club.acme.pk}/settings/api")
    headers = {"X-Web-Key": copied(window, "Web Key"), "X-Access-Token": copied(window, "X-Access-Token")}
    answer = httpx.get(f"{club.url}/api/contacts", headers=headers)

    assert answer.status_code == 200
    assert len(answer.json()["contacts"]) == MANY
    assert httpx.get(f"{club.url}/api/contacts", headers={**headers, "X-Web-Key": "CT_x"}).status_code == 401


def copied(window: Visit, name: str) -> str:
    """Make a key, show it, and copy it."""
    page = window.page
    page.get_by_role("button", name=f"Make {name}").click()
    page.get_by_role("button", name=f"Show {name}").click()
    shown = page.locator("code[data-copy-source]")
    expect(shown).to_have_count(1)
    assert window.axe() == []
    page.get_by_role("button", name="Copy").first.click()
    key = shown.inner_text()
    page.wait_for_function(COPIED, arg=key)
    window.open(re.sub(r"/key/.*", "", page.url).removeprefix(window.base))
    return key


def look(window: Visit, name: str) -> None:
    """A picture in light and dark, if somebody asked for pictures. (What axe says of these pages is asked elsewhere.)"""
    if "HUB_SCREENSHOTS" not in os.environ:
        return
    window.shoot(f"{name}-light")
    window.in_colours("dark")
    window.shoot(f"{name}-dark")
    window.in_colours("light")
