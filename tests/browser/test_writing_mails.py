"""An e-mail is written in a real browser: with formatting and tokens, kept clean, and as far as it goes without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.support import PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def denver(live_server: Any, settings: Any) -> Iterator[Any]:
    """The server, and an account with an admin, a contact, and a draft of a plan with one e-mail in it."""
    from django.db import transaction

    from hub.addons import installed
    from hub.core import AddOn
    from hub.core.registry import from_objects
    from hub.plans import drafting, loading
    from hub.steps import addon as steps
    from hub.steps import email
    from tests.plans import company
    from tests.support.people import make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    loading.forget()
    registry = from_objects([AddOn("post", title="Post Office"), steps, email.addon])
    with installed.use(registry):
        with transaction.atomic():
            account = company.open_denver(registry)
            make_user(account, "admin", "grace")
            company.contact(account, "Cleo")
            written = {
                "subject": "Welcome {{client.firstName}}",
                "html": "<div>Dear <strong>{{client.firstName}}</strong></div>",
            }
            plan = company.make_plan(account, {"action_type": "mail.send", "name": "Welcome", "options": written})
            step = drafting.steps_of(company.draft_of(plan))[0]
        yield live_server.url, account, plan, step
    loading.forget()


def sign_in(window: Visit, path: str) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={path}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)
    window.page.wait_for_load_state("networkidle")


def stored(plan: Any) -> dict[str, Any]:
    from hub.plans import drafting
    from tests.plans.company import draft_of

    return dict(drafting.steps_of(draft_of(plan))[0].options)


def editor(page: Page) -> Any:
    return page.locator("trix-editor")


def test_a_mail_is_written_with_formatting_and_tokens(browser: Browser, denver: Any) -> None:
    url, account, plan, step = denver
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{step.key}")

        expect(editor(page)).to_contain_text("Dear {{client.firstName}}")
        assert page.locator("textarea[data-rich]").is_hidden()
        editor(page).click()
        page.keyboard.press("Control+End")
        page.keyboard.type(", glad to have you, ")
        # What stands before was bold; from here no more.
        page.locator("trix-toolbar [data-trix-attribute=bold]").click()
        field = page.locator(".rich-field")
        field.get_by_text("Insert token").click()
        field.get_by_role("button", name="{{client.lastName}}").click()
        expect(page.locator("#step-live")).to_contain_text("glad to have you")
        prices = {"name": "Prices.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 prices"}
        page.get_by_label("Add a file").set_input_files(files=[prices])  # type: ignore[list-item]
        expect(page.get_by_label("Prices.pdf (1 kB)")).to_be_checked()
        expect(page.locator("#step-live")).to_contain_text("Attached")
        page.get_by_role("button", name="Send it to me").click()
        expect(page.locator("#to-me")).to_contain_text("No test was sent. This account has no mailbox")
        assert window.axe() == []
        assert window.overflow() <= 0
        for colour in ("light", "dark"):
            page.emulate_media(color_scheme=colour)  # type: ignore[arg-type]
            assert window.axe(["color-contrast"]) == []
            window.shoot(f"mail-step-{colour}")
        page.emulate_media(color_scheme="light")
        page.get_by_role("button", name="Save step").click()
        expect(page.get_by_text("is saved in the draft")).to_be_visible()

        kept = stored(plan)["html"].replace("&nbsp;", " ")
        assert kept == "<div>Dear <strong>{{client.firstName}}, glad to have you, </strong>{{client.lastName}}</div>"
        assert window.trouble == []


def test_on_a_phone_the_editor_fits_and_an_untouched_step_may_be_left(browser: Browser, denver: Any) -> None:
    url, account, plan, step = denver
    with visit(browser, url, PHONE) as window:
        page = window.page
        sign_in(window, f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{step.key}")

        expect(editor(page)).to_contain_text("Dear")
        assert window.overflow() <= 0
        window.shoot("mail-step-phone")
        page.goto(f"{url}/a/{account.pk}/plans")  # a question whether to leave would time out here
        assert page.url.endswith("/plans")
        assert window.trouble == []


def test_without_scripts_the_box_holds_the_html_and_saves_it(browser: Browser, denver: Any) -> None:
    url, account, plan, step = denver
    with visit(browser, url, scripts=False) as window:
        page = window.page
        sign_in(window, f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{step.key}")

        box = page.locator("textarea[data-rich]")
        assert box.input_value() == "<div>Dear <strong>{{client.firstName}}</strong></div>"
        box.fill("<p onclick='x()'>Dear {{client.firstName}}</p><script>alert(1)</script>")
        page.get_by_role("button", name="Save step").click()
        expect(page.get_by_text("is saved in the draft")).to_be_visible()

        assert stored(plan)["html"] == "<p>Dear {{client.firstName}}</p>"
