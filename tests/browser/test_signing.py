"""Signing in, the frame and the dashboard in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def house(live_server: Any, settings: Any) -> Any:
    """A company with two branches and its owner."""
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = make_account("Northwind Fitness")
    make_account("Leeds", company)
    make_account("York", company)
    make_user(company, "owner", username="grace", reach="subtree")
    return live_server, company


def sign_in(window: Visit, username: str = "grace") -> None:
    from tests.support.people import PASSWORD

    window.open("/sign-in")
    window.page.get_by_label("User name").fill(username)
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_way_in_is_accessible_and_fits(browser: Browser, house: Any, width: int, colours: str) -> None:
    server, company = house
    with visit(browser, server.url, width, colours) as window:
        assert window.open("/sign-in") == 200
        window.shoot(f"sign-in-{colours}-{width}")
        assert window.axe() == []

        sign_in(window)
        for name, path in (("accounts", "/accounts"), ("dashboard-empty", f"/a/{company.pk}/")):
            assert window.open(path) == 200
            window.shoot(f"{name}-{colours}-{width}")
            assert window.axe() == []
            assert window.overflow() <= 0
        assert window.trouble == []


def test_a_wrong_password_is_told_and_the_name_stays(browser: Browser, house: Any) -> None:
    server, _company = house
    with visit(browser, server.url) as window:
        window.open("/sign-in")
        window.page.get_by_label("User name").fill("grace")
        window.page.get_by_label("Password").fill("not this one")
        window.page.keyboard.press("Enter")

        expect(window.page.get_by_text("The user name or the password is not right.")).to_be_visible()
        expect(window.page.get_by_label("User name")).to_have_value("grace")
        window.shoot("sign-in-wrong")
        assert window.axe() == []


def test_the_switcher_finds_a_branch_and_leads_there(browser: Browser, house: Any) -> None:
    server, _company = house
    with visit(browser, server.url) as window:
        sign_in(window)
        window.page.get_by_role("link", name="Northwind Fitness").click()
        expect(window.page.locator(".switcher-name")).to_have_text("Northwind Fitness")
        window.arrived()  # who types before its script is there finds nothing
        window.page.locator(".switcher-head").click()
        window.page.get_by_label("Find an account").fill("yo")
        expect(window.page.locator(".account-tree a")).to_have_count(1)

        window.page.locator(".account-tree a", has_text="York").click()

        expect(window.page.locator(".switcher-name")).to_have_text("York")
        expect(window.page.locator(".switcher-whose")).to_have_text("Northwind Fitness")


def test_signing_in_and_out_works_without_scripts(browser: Browser, house: Any) -> None:
    server, company = house
    with visit(browser, server.url, scripts=False) as window:
        sign_in(window)
        window.open(f"/a/{company.pk}/")
        window.page.locator(".person-menu summary").click()
        window.page.get_by_role("button", name="Sign out").click()

        expect(window.page.get_by_text("You are signed out.")).to_be_visible()
