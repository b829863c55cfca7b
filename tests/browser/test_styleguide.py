"""The components in a real browser: readable in both colours and widths, and they do what they promise.

The style guide is served under the hub's own content security policy, so that an inline style or script would show.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HARMLESS = ("404 (Not Found)",)  # the style guide's buttons lead nowhere


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def guide(live_server: Any, settings: Any) -> str:
    settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.browser.styleguide_urls"
    settings.MIDDLEWARE = ["csp.middleware.CSPMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
    processors = ("django.template.context_processors.request", "csp.context_processors.nonce")
    mine = "tests.browser.styleguide_urls.themed"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {"context_processors": [*processors, mine]}}]
    return str(live_server.url)


@pytest.fixture
def desk(browser: Browser, guide: str) -> Iterator[Visit]:
    with visit(browser, guide) as window:
        assert window.open("/styleguide") == 200
        yield window


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_every_component_is_accessible_and_fits(browser: Browser, guide: str, width: int, colours: str) -> None:
    with visit(browser, guide, width, colours) as window:
        assert window.open("/styleguide") == 200
        window.shoot(f"styleguide-{colours}-{width}")

        assert window.axe() == []
        assert window.overflow() <= 0
        assert [line for line in window.trouble if not line.endswith(HARMLESS)] == []


def test_slash_searches_and_the_question_mark_lists_the_keys(desk: Visit) -> None:
    desk.page.locator("h1").click()
    desk.page.keyboard.press("?")
    expect(desk.page.locator("#keys")).to_be_visible()

    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("/")
    expect(desk.page.locator(".topbar-search input")).to_be_focused()


def test_a_dropdown_is_searched_and_chosen_by_keyboard(desk: Visit) -> None:
    box = desk.page.locator("#id_group").first
    box.click()
    box.fill("mug")
    desk.page.keyboard.press("Enter")

    expect(box).to_have_value("Birthday mug")
    assert desk.page.locator("select[name=group]").first.evaluate("each => each.value") == "g1"
    expect(desk.page.locator("[data-unsaved]").first).to_be_visible()


def test_marking_a_row_offers_every_row_that_matches(desk: Visit) -> None:
    desk.page.locator("[data-select-row]").first.check()
    bar = desk.page.locator("[data-bulk-bar]")
    expect(bar).to_contain_text("1 selected")

    bar.get_by_text("Select all 4,210 contacts that match").click()

    expect(bar).to_contain_text("4,210 selected")
    assert desk.page.locator("[name=all_matching]").input_value() == "1"


def test_a_step_moves_by_the_arrow_keys_on_its_handle(desk: Visit) -> None:
    desk.page.locator("[data-handle]").first.focus()
    with desk.page.expect_request(lambda sent: sent.method == "POST") as sent:
        desk.page.keyboard.press("ArrowDown")

    assert "order=s2&order=s1&order=s3" in (sent.value.post_data or "")


def test_a_destructive_question_waits_for_the_word(desk: Visit) -> None:
    desk.page.locator(".row > [data-dialog-open=demo-confirm]").click()
    word = desk.page.locator("#demo-confirm-word")
    expect(word).to_be_focused()

    word.fill("stop")
    assert not word.evaluate("each => each.checkValidity()")
    word.fill("STOP")
    assert word.evaluate("each => each.checkValidity()")


def test_the_chosen_colours_are_kept_for_the_next_page(desk: Visit) -> None:
    desk.page.locator(".person-menu summary").click()
    desk.page.locator("[data-theme-choice=dark]").click()

    desk.open("/styleguide")

    assert desk.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts_the_page_is_read_and_menus_open(browser: Browser, guide: str) -> None:
    with visit(browser, guide, scripts=False) as window:
        window.open("/styleguide")

        window.page.locator(".switcher-head").click()

        expect(window.page.get_by_role("link", name="York Minster Gate")).to_be_visible()
        expect(window.page.locator("[data-bulk-bar]")).to_be_visible()
        expect(window.page.get_by_role("button", name="Apply")).to_be_visible()
