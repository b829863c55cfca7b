"""Importing from a vendor in a real browser: warned, imported with a page that moves by itself, reported, and timed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit
from tests.imports.vendor import gym as vendor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 20_000  # milliseconds for an answer on a busy machine


@dataclass
class Gym:
    """An account with the Gym switched on, and the gym's side of the wire."""

    url: str
    account: Any
    desk: vendor.Desk

    @property
    def tab(self) -> str:
        return f"/a/{self.account.pk}/add-ons/gym/import"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def gym(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gym]:
    """Guests are mapped to nothing yet; a turn is taken in a thread as soon as somebody rings."""
    from django.db import connection, transaction

    from hub.addons import catalog, changes, installed
    from hub.audit.actor import SYSTEM
    from hub.core.egress import Egress
    from hub.core.registry import from_objects
    from hub.dispatch.outside import Outside
    from hub.imports import actors
    from hub.plans import loading
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    desk = vendor.Desk(vendor.crowd(5, type="guest"))
    outside = Outside(Egress(), make_transport=lambda _: httpx.MockTransport(desk.answer))
    turns: list[threading.Thread] = []

    def ring(*ids: int) -> None:
        def turn() -> None:
            actors.run_turn.fn(*ids)
            connection.close()

        turns.append(threading.Thread(target=turn))
        turns[-1].start()

    monkeypatch.setattr(actors.run_turn, "send", ring)
    loading.forget()
    with (
        installed.use(from_objects({"gym": vendor.addon, "desk": vendor.notes})) as registry,
        installed.use_outside(outside),
    ):
        with transaction.atomic():
            catalog.sync(registry)
            account = make_account("Provo")
            changes.make_available(account, "gym", by=SYSTEM)
            changes.enable(account, "gym", by=SYSTEM)
            changes.save_settings(account, "gym", {"api_key": "gym-key-000001"}, by=SYSTEM)
            make_user(account, "owner", "grace")
        yield Gym(live_server.url, account, desk)
        for one in turns:
            one.join()
    outside.close()
    loading.forget()


def enter(window: Visit, gym: Gym) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={gym.tab}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda address: "/sign-in" not in address)


def look(window: Visit, name: str) -> None:
    """In light, in dark and on a phone: nothing for axe, and nothing hangs over."""
    assert window.axe() == []
    window.shoot(f"{name}-light")
    window.in_colours("dark")
    assert window.axe(["color-contrast"]) == []
    window.shoot(f"{name}-dark")
    window.in_colours("light")
    window.page.set_viewport_size({"width": PHONE, "height": 844})
    assert window.overflow() <= 0
    window.shoot(f"{name}-phone")
    window.page.set_viewport_size({"width": DESK, "height": 900})


def test_a_vendors_people_are_imported_and_looked_at(browser: Browser, gym: Gym) -> None:
    from hub.contacts.models import Contact
    from hub.imports.models import Import

    answering = threading.Event()
    gym.desk.while_asked = lambda at: answering.wait(LONG / 1000) if at == 4 else None
    gym.desk.people.append({"id": "x", "first": "Xu", "email": "not an address"})

    with visit(browser, gym.url) as window:
        enter(window, gym)
        look(window, "vendor-import-first")
        window.page.get_by_role("button", name="Import now").click()
        expect(window.page.get_by_text("Nothing is mapped yet")).to_be_visible(timeout=LONG)
        look(window, "vendor-import-warned")
        assert not Import.objects.exists()

        window.page.get_by_role("button", name="Import all the same").click()
        expect(window.page.get_by_text("4 records")).to_be_visible(timeout=LONG)
        look(window, "vendor-import-working")
        answering.set()  # the page comes to its end by itself

        expect(window.page.get_by_role("link", name="See the contacts")).to_be_visible(timeout=LONG)
        look(window, "vendor-import-report")
        assert Contact.objects.count() == 5

        window.open(gym.tab)
        window.page.get_by_label("Import by itself").check()
        window.page.get_by_role("button", name="Save", exact=True).click()
        expect(window.page.get_by_text("It imports by itself now.")).to_be_visible(timeout=LONG)
        look(window, "vendor-import-tab")
        assert window.trouble == []
