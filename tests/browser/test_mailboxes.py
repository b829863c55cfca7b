"""Settings → Email (SMTP & IMAP) in a real browser: each of the three mailers, by the providers' own pages on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 30_000  # milliseconds for what asks a provider, on a busy machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def world(live_server: Any, settings: Any) -> Iterator[Any]:
    from tests.support.mailboxes import mailbox_world

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with mailbox_world(settings) as made:
        settings.HUB_PUBLIC_URL = ""  # the browser comes back to this very machine
        yield made


def enter(window: Visit, world: Any, name: str = "ada") -> Page:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={world.at()}")
    window.page.get_by_label("User name").fill(name)
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda address: "/sign-in" not in address)
    return window.page


def choose(page: Page, provider: str) -> None:
    """Tick the box and choose in the drop-down; the provider's fields come by themselves, once the page's scripts are there."""
    expect(page.get_by_label("Provider")).to_be_visible(timeout=LONG)
    page.wait_for_load_state("load")
    box = page.get_by_role("checkbox", name="Enable SMTP and IMAP")
    if not box.is_checked():
        page.locator("label.toggle", has_text="Enable SMTP and IMAP").click()
    with page.expect_response(lambda answer: "/settings/email/fields" in answer.url, timeout=LONG):
        page.get_by_label("Provider").select_option(label=provider)
    expect(page.locator("#provider-fields.htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0, timeout=LONG)
    expect(page.locator("#provider-fields").get_by_role("button", name="Find out")).to_have_count(0, timeout=LONG)


def said(page: Page, words: str) -> None:
    expect(page.locator("body")).to_contain_text(words, timeout=LONG)


def looks_right(window: Visit, name: str) -> None:
    """In light and dark, on a desk and on a phone."""
    for width, colours in ((DESK, "light"), (DESK, "dark"), (PHONE, "light")):
        window.page.set_viewport_size({"width": width, "height": 900})
        window.in_colours(colours)
        window.shoot(f"mailbox-{name}-{colours}-{width}")
        assert window.overflow() <= 0, (name, width)
        assert window.axe() == [], (name, width, colours)
    window.page.set_viewport_size({"width": DESK, "height": 900})
    window.in_colours("light")


def trouble(window: Visit) -> list[str]:
    """Script errors and refusals of the content security policy; a form shown again is answered with 422, and is none."""
    return [one for one in window.trouble if "Failed to load resource" not in one]


@pytest.mark.both_ways
def test_gmail_from_the_tick_box_to_disconnect(browser: Browser, world: Any, live_server: Any) -> None:
    with visit(browser, live_server.url) as window:
        page = enter(window, world)
        looks_right(window, "empty")
        choose(page, "Gmail")
        page.get_by_label("E-mail address").fill("ada@gmail.com")

        world.google.authorization.who = "eve@gmail.com"
        page.get_by_role("button", name="Sign in with Google").click()
        page.get_by_role("button", name="Allow", exact=True).click(timeout=LONG)
        said(page, "You signed in to Gmail as eve@gmail.com")
        page.get_by_role("link", name="To the start").click()
        page.wait_for_url(f"**{world.at()}")
        choose(page, "Gmail")
        page.get_by_label("E-mail address").fill("ada@gmail.com")
        world.google.authorization.who = "ada@gmail.com"
        page.get_by_role("button", name="Sign in with Google").click()
        page.get_by_role("button", name="Allow", exact=True).click(timeout=LONG)
        said(page, "Success: Congratulations, token for your gmail is generated successfully.")
        looks_right(window, "gmail-connected")

        page.get_by_role("button", name="Test SMTP Send").click()
        said(page, "A test mail went out to ada@gmail.com. Its sender is")
        page.locator("label.toggle", has_text="Read email").click()
        expect(page.get_by_role("checkbox", name="Read email")).to_be_checked()
        page.get_by_role("button", name="Save Settings").click()
        page.get_by_role("button", name="Allow", exact=True).click(timeout=LONG)
        said(page, "Nothing has been read yet")

        page.get_by_role("link", name="Disconnect").click()
        said(page, "Disconnect ada@gmail.com?")
        looks_right(window, "disconnect")
        before = world.google.authorization.alive
        page.get_by_role("button", name="Disconnect").click()
        said(page, "Disconnected. Everything that was entered is wiped.")
        assert world.google.authorization.alive == before - 1
        assert trouble(window) == []


def test_outlook_with_its_warning_and_the_wait_for_an_administrator(
    browser: Browser, world: Any, live_server: Any
) -> None:
    with visit(browser, live_server.url) as window:
        page = enter(window, world)
        choose(page, "Outlook via OAuth2")
        expect(page.locator("main")).to_contain_text("may refuse some PDF attachments")
        page.get_by_label("E-mail address").fill("ada@contoso.example")
        world.microsoft.authorization.who = "ada@contoso.example"
        page.get_by_role("button", name="Sign in with Microsoft").click()
        page.locator("button[value=approval]").click(timeout=LONG)
        said(page, "lets only an administrator of your organisation allow")
        page.get_by_role("link", name="To the start").click()
        said(page, "Waits for your administrator")
        looks_right(window, "outlook-waits")

        page.get_by_role("button", name="Sign in again").click()
        page.get_by_role("button", name="Allow", exact=True).click(timeout=LONG)
        said(page, "Outlook is connected.")
        looks_right(window, "outlook-connected")
        assert trouble(window) == []


def test_a_password_is_tried_and_the_admins_list_shows_how_it_stands(
    browser: Browser, world: Any, live_server: Any
) -> None:
    from hub.testing import mail_faults
    from tests.support.mailboxes import PASSWORD

    with visit(browser, live_server.url) as window:
        page = enter(window, world)
        choose(page, "iCloud")
        expect(page.get_by_label("SMTP host")).to_have_count(0)
        page.get_by_label("E-mail address").fill("ada@icloud.com")
        page.get_by_label("Password").fill(PASSWORD)
        world.post.fail(mail_faults.wrong_password().at("sign-in"))
        page.get_by_role("button", name="Save Settings").click()
        said(page, "refuses the user name or the password")
        looks_right(window, "refused")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Save Settings").click()
        said(page, "Logged in:")

        page.get_by_role("link", name="All mailboxes").click()
        said(page, "ada@icloud.com")
        looks_right(window, "all")
        choose_custom(page, world, window)
        assert trouble(window) == []


def choose_custom(page: Page, world: Any, window: Visit) -> None:
    """*Custom* has the fields of servers, all empty."""
    window.open(world.at())
    choose(page, "Custom")
    expect(page.get_by_label("SMTP host")).to_have_value("")
    expect(page.locator("#provider-fields").get_by_label("E-mail address")).to_have_value("")
    looks_right(window, "custom")
