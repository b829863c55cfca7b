"""Signing in at a vendor in a real browser, by the vendor's own page on loopback: there, back, a step, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 30_000  # milliseconds for what asks a vendor, on a busy machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def harbour(live_server: Any, settings: Any) -> Iterator[Any]:
    """Harbour is switched on in an account with an admin; its app is entered, and nobody is signed in."""
    from tests.support.oauth_server import harbour_world
    from tests.support.people import make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with harbour_world() as world:
        make_user(world.account, "admin", "grace")
        yield world


def enter(window: Visit, world: Any) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={at(world)}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda address: "/sign-in" not in address)


def at(world: Any, more: str = "") -> str:
    return f"/a/{world.account.pk}/add-ons/harbour{more}"


def press_sign_in(page: Page, decision: str) -> None:
    """The hub's button, then one of the vendor's."""
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_role("button", name=decision, exact=True).click(timeout=LONG)


def trouble(window: Visit) -> list[str]:
    """Script errors and refusals of the content security policy; a page of a problem is answered with 400, and is none."""
    return [one for one in window.trouble if "Failed to load resource" not in one]


def enrol(world: Any) -> None:
    """A contact on a plan that books a place."""
    from django.db import transaction

    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.plans import enrollment
    from tests.engine.world import make_plan

    now = world.clock.now()
    ada = Contact.objects.create(account=world.account, first_name="Ada", created_at=now, updated_at=now)
    with transaction.atomic():
        plan = make_plan(world.account, [("harbour.book", {"days": 2})], (), "none")
        enrollment.enroll(plan, [ada.pk], by=SYSTEM, now=now)


def work(world: Any) -> list[str]:
    """Carry out what is due; how the steps stand then."""
    from hub.dispatch.batch import dispatch
    from hub.engine import due, runtime
    from hub.plans.models import StepRun

    current = runtime.current()
    dispatch(due.due_steps(world.clock.now(), 100), current.ledger, current.runner)
    runtime.close()
    return list(StepRun.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.both_ways
def test_from_the_button_to_a_booking_and_out_again(browser: Browser, harbour: Any, live_server: Any) -> None:
    with visit(browser, live_server.url) as window:
        page = window.page
        enter(window, harbour)
        expect(page.locator("main")).to_contain_text("Nobody is signed in", timeout=LONG)

        press_sign_in(page, "Do not allow")
        expect(page.locator("main")).to_contain_text("you did not allow it", timeout=LONG)
        page.get_by_role("link", name="To the start").click()
        expect(page.locator("main")).to_contain_text("Nobody is signed in", timeout=LONG)
        press_sign_in(page, "Allow")
        expect(page.locator("main")).to_contain_text("Signed in by Grace", timeout=LONG)
        expect(page.locator("body")).to_contain_text("The connection to Harbour works.", timeout=LONG)
        assert "code=" not in page.url

        enrol(harbour)
        assert work(harbour) == ["done"]

        page.get_by_role("link", name="Disconnect").click()
        page.wait_for_url(f"**{at(harbour, '/sign-out')}")
        page.get_by_role("button", name="Disconnect").click()
        expect(page.locator("body")).to_contain_text("has ended the sign-in on its side too", timeout=LONG)
        enrol(harbour)
        assert sorted(work(harbour)) == ["done", "held"]
        assert harbour.sign_ins.alive == 0
        assert trouble(window) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_its_pages_hold_in_both_colours_and_widths(
    browser: Browser, harbour: Any, live_server: Any, colours: str, width: int
) -> None:
    from hub.dispatch.grant_moves import State

    with visit(browser, live_server.url, width, colours) as window:
        enter(window, harbour)
        _look(window, f"sign-in-out-{colours}-{width}", at(harbour))
        harbour.sign_in()
        _look(window, f"sign-in-in-{colours}-{width}", at(harbour))
        _look(window, f"sign-in-disconnect-{colours}-{width}", at(harbour, "/sign-out"))
        grant = harbour.grant
        grant.state, grant.note = State.UNSURE, "It is not known whether the sign-in to Harbour still holds: it broke."
        grant.save()
        _look(window, f"sign-in-unsure-{colours}-{width}", at(harbour))
        _leading_on(window, harbour)
        window.shoot(f"sign-in-leading-on-{colours}-{width}")
        assert window.axe() == []
        assert window.overflow() <= 0
        window.page.goto(f"{live_server.url}/oauth/callback?state=x")
        window.shoot(f"sign-in-problem-{colours}-{width}")
        assert window.axe() == []
        assert trouble(window) == []


def _leading_on(window: Visit, world: Any) -> None:
    """The page that leads to the vendor, which stays: the vendor says that there is nothing to show."""
    window.page.route(f"http://{world.server.address}/**", lambda route: route.fulfill(status=204))
    window.open(at(world))
    with window.page.expect_request(f"http://{world.server.address}/**", timeout=LONG):
        window.page.get_by_role("button", name="Sign in").first.click()
    expect(window.page.locator("main")).to_contain_text("You are being taken to", timeout=LONG)


def _look(window: Visit, name: str, path: str) -> None:
    assert window.open(path) == 200
    assert window.overflow() <= 0, path
    assert window.axe() == [], path
    window.shoot(name)
