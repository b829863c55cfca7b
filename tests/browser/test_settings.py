"""The settings in a real browser: the account's switch, adding somebody, seeing the hub as they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def house(live_server: Any, settings: Any) -> Any:
    """A company with a branch, its owner, and somebody who sells."""
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = make_account("Northwind Fitness")
    make_account("Leeds", company)
    make_user(company, "owner", username="grace", reach="subtree")
    return live_server, company, make_user(company, "sales", username="alan")


def sign_in(window: Visit, home: str) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={home}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


def test_pausing_asks_and_resuming_goes_on(browser: Browser, house: Any) -> None:
    server, company, _alan = house
    with visit(browser, server.url) as window:
        sign_in(window, f"/a/{company.pk}/settings/account")
        window.page.get_by_role("link", name="Pause the account").click()
        dialog = window.page.locator("#pause")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Pause the account").click()

        expect(window.page.get_by_text("This account is paused")).to_be_visible()
        window.page.get_by_role("button", name="Set active").click()
        expect(window.page.get_by_role("link", name="Pause the account")).to_be_visible()


def test_somebody_is_added_and_gets_in_by_the_link(browser: Browser, house: Any) -> None:
    server, company, _alan = house
    with visit(browser, server.url) as window:
        sign_in(window, f"/a/{company.pk}/settings/users/add")
        window.page.get_by_label("First name").fill("Ada")
        window.page.get_by_label("User name").fill("ada")
        window.page.get_by_role("button", name="Add", exact=True).click()
        expect(window.page.get_by_text("it is shown only once")).to_be_visible()
        window.shoot("invitation-link")
        link = window.arrived().locator("code, pre").first.inner_text().strip()
    with visit(browser, server.url) as guest:
        guest.open(link.removeprefix(server.url))
        guest.page.get_by_label("New password").fill("analytical engine 1")
        guest.page.get_by_label("The same again").fill("analytical engine 1")
        guest.page.get_by_role("button", name="Set password").click()

        expect(guest.page.get_by_text("Your password is set.")).to_be_visible()


def test_acting_as_another_shows_both_names_and_the_way_back(browser: Browser, house: Any) -> None:
    server, company, alan = house
    with visit(browser, server.url) as window:
        sign_in(window, f"/a/{company.pk}/settings/users/{alan.pk}")
        window.page.get_by_role("link", name="Log in as").click()
        window.page.get_by_role("button", name="Log in as Alan").click()

        banner = window.page.get_by_role("region", name="Acting as somebody else")
        expect(banner).to_contain_text("Grace, you are acting as Alan.")
        window.shoot("acting-as")
        assert window.axe() == []

        banner.get_by_role("button", name="Be Grace again").click()
        expect(banner).to_have_count(0)
        expect(window.page.locator("h1")).to_have_text("Alan")


def test_calls_get_quiet_hours_of_their_own(browser: Browser, house: Any) -> None:
    server, company, _alan = house
    address = f"/a/{company.pk}/settings/calendar"
    with visit(browser, server.url) as window:
        sign_in(window, address)
        calls = window.page.get_by_role("group", name="Calls")
        expect(calls.get_by_label("Quiet from")).to_be_hidden()
        calls.get_by_label("Calls").select_option("Quiet hours of their own")
        calls.get_by_label("Quiet from").fill("20:00")
        calls.get_by_label("Quiet until").fill("09:00")
        window.page.get_by_role("combobox", name="Post").select_option("At any hour")
        window.page.get_by_role("button", name="Save").click()

        expect(window.page.get_by_text("The calendar is saved.")).to_be_visible()
        expect(calls.get_by_label("Quiet from")).to_have_value("20:00")
        window.shoot("calendar-calls")
        assert window.axe() == []
    with visit(browser, server.url, width=PHONE, colours="dark") as window:
        sign_in(window, address)
        window.shoot("calendar-calls-phone-dark")
        assert (window.overflow(), window.axe()) == (0, [])
