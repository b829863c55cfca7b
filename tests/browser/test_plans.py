"""Plans in a real browser: from an empty list to contacts on a plan, and every page in both colours and widths."""

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
    """The server, and an account with three add-ons, an admin and three contacts."""
    from django.db import transaction

    from hub.addons import installed
    from hub.plans import loading
    from tests.plans import company
    from tests.support.people import make_user
    from tests.web.plans import world

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    loading.forget()
    with installed.use(world.build_registry()) as registry:
        with transaction.atomic():
            account = company.open_denver(registry)
            world.switch_on(account, "kinds")
            make_user(account, "admin", "grace")
            for name in ("Cleo", "Sam"):
                world.contact(account, name)
            world.contact(account, "Mia", line1="")
        yield live_server.url, account
    loading.forget()


@pytest.fixture
def welcome(denver: Any) -> Any:
    """A ready plan with somebody on it, something held, and a draft that has a problem."""
    from django.db import transaction

    from hub.contacts.models import Contact
    from hub.plans import drafting, enrollment, versions
    from hub.plans.models import StepRun
    from tests.plans.company import ADA, BEN, after, card_step, draft_of, make_plan, note_step
    from tests.web.plans import world

    _url, account = denver
    with transaction.atomic():
        world.list_of_groups(account, ("g1", "Newcomers"), ("g2", "Farewell"))
        all_kinds = {
            "action_type": "kinds.everything",
            "name": "Everything at once",
            "options": {"plain": "Hi", "group": "g1"},
        }
        plan = make_plan(account, note_step(), card_step(timing=after(2, "business_days", at="9:00")), all_kinds)
        enrollment.enroll(plan, [Contact.objects.order_by("pk")[0].pk], by=ADA)
        StepRun.objects.update(state="held", hold_reason="addon_off", held_at=StepRun.objects.get().created_at)
        steps = drafting.steps_of(draft_of(plan))
        broken = steps[1].model_copy(update={"options": {}, "name": "Post a better card"})
        versions.save_draft(draft_of(plan), 0, [steps[0], broken, steps[2]], by=BEN)
    return plan, [step.key for step in steps]


def sign_in(window: Visit, account: Any) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next=/a/{account.pk}/plans")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


def calm(page: Page) -> None:
    """Wait until what loads by itself has come."""
    page.wait_for_load_state("networkidle")


def in_both_colours(window: Visit, name: str) -> None:
    """A picture of each, and axe finds nothing in either."""
    for colours in ("dark", "light"):
        window.page.emulate_media(color_scheme=colours)
        window.shoot(f"{name}-{colours}")
        assert window.axe() == []


def test_from_an_empty_list_to_contacts_on_a_plan(browser: Browser, denver: Any) -> None:
    url, account = denver
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, account)
        expect(page.get_by_text("No plans yet")).to_be_visible()
        window.shoot("plans-empty")
        page.get_by_role("link", name="New plan").first.click()
        page.get_by_label("Name", exact=True).fill("Welcome")
        page.get_by_role("button", name="Create plan").click()

        expect(page.get_by_text("No steps yet")).to_be_visible()
        page.get_by_role("link", name="Add the first step").click()
        page.get_by_role("link", name="Write a note").click()
        page.get_by_label("Step name").fill("Greet")
        page.get_by_label("Text").fill("Hello {{client.firstName}}, welcome")
        expect(page.locator("#step-live")).to_contain_text("Hello Mia, welcome")
        page.get_by_role("button", name="Add step").click()
        expect(page.get_by_text("“Greet” is saved in the draft.")).to_be_visible()

        page.get_by_role("link", name="Add a step", exact=True).click()
        page.get_by_role("link", name="Post a card").click()
        page.get_by_label("Design").fill("Balloons")
        page.get_by_label("After a while").check()
        page.get_by_label("How long").fill("3")
        expect(page.locator("#step-live")).to_contain_text("3 days after the previous step")
        expect(page.locator("#step-live")).to_contain_text("complete postal address")
        window.shoot("plan-editor-typing")
        page.get_by_role("button", name="Add step").click()
        expect(page.locator(".step-card")).to_have_count(2)

        page.get_by_role("link", name="Review and make ready").click()
        page.get_by_role("button", name="Make version 1 ready").click()
        page.get_by_role("link", name="Put contacts on it").click()
        expect(page.get_by_label("Select all on this page")).to_be_visible()
        window.arrived()  # before its script is there, the box marks nobody
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name="Count them").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 contacts would start “Welcome”")
        expect(page.get_by_text("1 lacks a complete postal address")).to_be_visible()
        window.shoot("plan-enroll-counts")
        assert window.axe() == []
        page.get_by_role("button", name="Put only the 2 complete ones on it").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("2 contacts were put on “Welcome”")
        window.shoot("plan-enroll-report")
        assert window.axe() == []
        page.get_by_role("link", name="See the contacts on this plan").click()
        page.get_by_label("Select Cleo").check()
        page.get_by_role("button", name="Stop …").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Take 1 contact off “Welcome”?")
        window.shoot("plan-stop")
        assert window.axe() == []
        page.get_by_role("button", name="Stop 1 contact").click()
        expect(page.get_by_text("1 contact was taken off the plan. 1 step was cancelled.")).to_be_visible()
        assert window.trouble == []


def test_a_step_of_a_draft_is_tested_on_a_contact_and_its_end_appears_by_itself(browser: Browser, denver: Any) -> None:
    from hub.plans.models import StepRun
    from tests.plans.company import card_step, draft_of, make_plan

    url, account = denver
    plan = make_plan(account, card_step())
    key = draft_of(plan).steps.get().key
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, account)
        window.open(f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{key}")
        calm(page)
        page.get_by_label("Greeting").fill("Dear {{client.firstName}}")
        page.get_by_role("button", name="Save and test this step").click()
        expect(page.get_by_text("It cannot be sent as things stand")).to_be_visible()  # Mia has no street
        window.shoot("step-test-stopped")
        page.get_by_role("link", name="Another contact").click()
        page.get_by_role("button", name="Cleo").click()
        expect(page.get_by_text("Dear Cleo")).to_be_visible()
        in_both_colours(window, "step-test")

        page.get_by_role("button", name="Send it now").click()
        expect(page.get_by_text("It is on its way.")).to_be_visible()
        window.shoot("step-tested-under-way")
        StepRun.objects.update(
            state="done", closed_at=StepRun.objects.get().created_at, result={"text": "Card 7 is queued."}
        )

        expect(page.get_by_text("Card 7 is queued.")).to_be_visible()
        in_both_colours(window, "step-tested")
        assert window.trouble == []


def test_steps_are_put_in_order_by_the_keyboard_while_a_form_is_open(
    browser: Browser, denver: Any, welcome: Any
) -> None:
    url, account = denver
    plan, (note, _card, _everything) = welcome
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, account)
        window.open(f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{note}")
        calm(page)
        page.get_by_label("Text").fill("Typed, not saved yet")

        page.get_by_role("button", name="Move Say hello").focus()
        with page.expect_response(lambda answer: answer.url.endswith("/edit/order")):
            page.keyboard.press("ArrowDown")

        expect(page.locator(".step-title").first).to_have_text("Post a better card")
        expect(page.get_by_label("Text")).to_have_value("Typed, not saved yet")
        page.get_by_role("button", name="Save step").click()
        expect(page.get_by_text("“Say hello” is saved")).to_be_visible()
        expect(page.locator(".step-title").nth(1)).to_have_text("Say hello")


def test_two_tabs_the_second_sees_both_and_loses_nothing(browser: Browser, denver: Any, welcome: Any) -> None:
    url, account = denver
    plan, (note, _card, _everything) = welcome
    step = f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{note}"
    with visit(browser, url) as window:
        sign_in(window, account)
        window.open(step)
        other = window.page.context.new_page()
        other.goto(url + step)
        other.get_by_label("Text").fill("The other tab's words")
        other.get_by_role("button", name="Save step").click()
        expect(other.get_by_text("is saved in the draft")).to_be_visible()

        window.page.get_by_label("Text").fill("My words")
        window.page.get_by_role("button", name="Save step").click()

        expect(window.page.get_by_text("saved this step while you edited it")).to_be_visible()
        expect(window.page.get_by_label("Text")).to_have_value("My words")
        expect(window.page.get_by_text("The other tab's words")).to_be_visible()
        window.shoot("plan-editor-conflict")
        assert window.axe() == []
        window.page.get_by_role("button", name="Save mine").click()
        expect(window.page.get_by_text("is saved in the draft")).to_be_visible()


def test_a_vendors_list_comes_by_itself_and_the_entry_named_like_the_plan_is_chosen(
    browser: Browser, denver: Any
) -> None:
    from hub.plans import changes
    from tests.plans.company import ADA

    url, account = denver
    plan = changes.create_plan(account, "Farewell", by=ADA)
    with visit(browser, url) as window:
        sign_in(window, account)
        window.open(f"/a/{account.pk}/plans/{plan.pk}/edit/steps/new?type=kinds.everything")

        expect(window.page.get_by_label("Group", exact=False).first).to_have_value("Farewell")
        expect(window.page.get_by_text("List loaded")).to_be_visible()
        assert window.axe() == []


def test_without_scripts_a_step_is_added_and_moved(browser: Browser, denver: Any, welcome: Any) -> None:
    url, account = denver
    plan, _keys = welcome
    with visit(browser, url, scripts=False) as window:
        page = window.page
        sign_in(window, account)
        window.open(f"/a/{account.pk}/plans/{plan.pk}/edit/steps/new?at=0&type=desk.note")
        page.get_by_label("Step name").fill("Before all others")
        page.get_by_label("Text").fill("Hello")
        page.get_by_role("button", name="Add step").click()
        expect(page.locator(".step-title").first).to_have_text("Before all others")

        page.get_by_role("button", name="Move Before all others down").click()

        expect(page.locator(".step-title").nth(1)).to_have_text("Before all others")


def test_leaving_a_step_with_changes_asks(browser: Browser, denver: Any, welcome: Any) -> None:
    url, account = denver
    plan, (note, _card, _everything) = welcome
    with visit(browser, url) as window:
        sign_in(window, account)
        window.open(f"/a/{account.pk}/plans/{plan.pk}/edit/steps/{note}")
        calm(window.page)
        asked: list[str] = []
        window.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        window.page.get_by_label("Text").fill("Something new")

        with window.page.expect_event("dialog"):
            window.page.get_by_role("link", name="Cancel").click(no_wait_after=True)

        assert asked == ["beforeunload"]


def test_a_step_asks_how_an_earlier_one_ended_and_the_preview_supposes_it(
    browser: Browser, denver: Any, welcome: Any
) -> None:
    url, account = denver
    plan, (note, _card, everything) = welcome
    here = f"/a/{account.pk}/plans/{plan.pk}"
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, account)
        window.open(f"{here}/edit/steps/{everything}")
        page.get_by_text("For whom, hours, notification and lateness").click()
        page.get_by_label("For whom").select_option("Only by how an earlier step ended")
        expect(page.get_by_label("Which tag, stage, field or draw")).to_be_hidden()
        page.get_by_label("Which earlier step").select_option("1. Say hello")
        page.get_by_label("How it ended").select_option("was given up by a person")
        expect(page.locator("#step-live")).to_contain_text(
            "It depends on how “Say hello” ends, which is not known yet."
        )
        window.shoot("plan-editor-asking")
        assert window.axe() == []
        page.get_by_role("button", name="Save step").click()
        expect(page.locator(".step-card").nth(2)).to_contain_text("Only if “Say hello” was given up by a person")

        window.open(f"{here}/preview?version=draft")
        page.get_by_label("Suppose “Say hello”").select_option("was done")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_text("It was done.", exact=False)).to_be_visible()
        assert window.trouble == []
    with visit(browser, url, width=PHONE, colours="dark") as window:
        sign_in(window, account)
        pages = {"asking": f"edit/steps/{everything}", "asked-for": f"edit/steps/{note}/remove"}
        for name, address in {**pages, "both-ways": "preview?version=draft"}.items():
            window.open(f"{here}/{address}")
            calm(window.page)
            window.shoot(f"plan-{name}-phone-dark")
            assert (name, window.overflow(), window.axe()) == (name, 0, [])
