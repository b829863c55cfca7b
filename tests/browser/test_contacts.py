"""Contacts and their import in a real browser: found while one types, changed, read as a story, brought in from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

HELD = "addon_off"

HELD_BACK = """() => {
  window.sent = 0;
  addEventListener("submit", (event) => { if (!event.defaultPrevented) window.sent += 1; event.preventDefault(); });
}"""
"""A script for the page: forms are counted and not sent, as if the hub took its time."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def denver(live_server: Any, settings: Any, tmp_path: Any) -> Iterator[Any]:
    """The server, and an account with an admin, people in it, and a plan that waits for two reasons."""
    from hub.addons import installed
    from hub.plans import loading
    from tests.plans import company
    from tests.support.people import make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HUB_HOME = tmp_path
    loading.forget()
    with installed.use(company.build_registry()) as registry:
        account = company.open_denver(registry)
        make_user(account, "admin", "grace")
        yield live_server.url, account
    loading.forget()


@pytest.fixture
def people(denver: Any) -> Any:
    """Cleo with a story, and some others."""
    from django.db import transaction

    with transaction.atomic():
        return _move_in(denver[1])


def _move_in(account: Any) -> Any:
    from hub.audit.actor import SYSTEM
    from hub.contacts import changes, list_changes
    from hub.contacts.incoming import Consent, Incoming, Policy
    from hub.contacts.intake import intake_many
    from hub.contacts.models import Contact
    from hub.contacts.visibility import EVERYTHING
    from hub.plans import enrollment
    from hub.plans.models import StepRun
    from hub.users.models import User
    from tests.plans.company import after, card_step, make_plan, note_step

    names = ("Cleo Marsh", "Sam Okafor", "Mia Lindqvist", "José Álvarez", "Priya Natarajan", "Tom O'Hara", "Wen Li")
    for name in ("New", "Trial", "Member"):
        list_changes.add_sales_cycle(account, name, by=SYSTEM)
    incoming = [
        Incoming(
            {"first_name": first, "last_name": last, "email": f"{first.lower()}@example.com", "phone_cell": f"+1303555010{n}",
             "line1": f"{n + 1} Larimer St", "city": "Denver", "state": "CO", "zip": "80202", "country": "US",
             "company": "Blue Bird Bakery" if n % 3 == 0 else ""},
            lead_source="Web form" if n % 2 else "Walk-in", sales_cycle="Trial" if n < 4 else "", tags=("gold", "yoga")[: n % 3],
            custom={"Favourite class": "Spin"} if n == 0 else {}, consent=Consent(sms=n % 2 == 0, source="web form"),
        )
        for n, (first, _, last) in enumerate(name.partition(" ") for name in names)
    ]  # fmt: skip
    policy = Policy(source="csv", told_as="members.csv", make_custom_fields=True)
    intake_many(account, incoming, by=SYSTEM, policy=policy)
    cleo = Contact.objects.get(first_name="Cleo")
    changes.edit(account, EVERYTHING, cleo.pk, {"whiteboard": "Bad knee: no jumping.\nPrefers mornings."}, by=SYSTEM)
    changes.assign(account, EVERYTHING, cleo.pk, User.objects.get(username="grace").pk, by=SYSTEM)
    changes.write_note(account, EVERYTHING, cleo.pk, "Called: wants to try the Tuesday class.", by=SYSTEM)
    welcome = make_plan(account, note_step(), card_step(timing=after(2)), note_step("Ask how it goes", timing=after(9)))
    gift = make_plan(account, card_step("Birthday card"), note_step("Call"), name="Birthday")
    enrollment.enroll(welcome, [one.pk for one in Contact.objects.all()[:4]], by=SYSTEM)
    enrollment.enroll(gift, [cleo.pk], by=SYSTEM)
    held = StepRun.objects.filter(contact_id=cleo.pk, action_type="post.card")
    held.update(state="held", hold_reason=HELD, hold_detail="Post Office is off in this account.",
                held_at=held.get().created_at)  # fmt: skip
    return cleo


def sign_in(window: Visit, account: Any) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next=/a/{account.pk}/contacts")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


def test_contacts_are_found_while_one_types_and_tagged_together(browser: Browser, denver: Any, people: Any) -> None:
    from hub.contacts.models import Tag

    url, account = denver
    with visit(browser, url) as window:
        sign_in(window, account)
        page = window.page
        page.get_by_placeholder("Search by name, e-mail, phone or company").fill("bird")
        expect(page.locator("#contacts tbody tr")).to_have_count(3)

        expect(page.locator("#contacts-more form")).to_have_attribute("action", re.compile(r"/export\?q=bird$"))
        page.locator("[data-select-page]").check()
        window.shoot("contacts-list-marked")
        page.get_by_role("button", name="Tag", exact=True).click()
        expect(page.get_by_text("This concerns 3 contacts.")).to_be_visible()
        page.get_by_label("Tags").fill("bakery")
        window.shoot("contacts-act")
        assert window.axe() == []
        page.get_by_role("button", name="Add the tags").click()

        expect(page.get_by_text("3 contacts changed.")).to_be_visible()
        assert Tag.objects.filter(name="bakery").exists()
        assert window.trouble == []


def test_a_file_is_imported_from_upload_to_report(browser: Browser, denver: Any, people: Any, tmp_path: Any) -> None:
    from hub.imports.models import Import
    from tests.imports.journey import run

    url, account = denver
    file = tmp_path / "members.csv"
    file.write_text(
        "First name,Last name,E-mail,Shoe size\nCleo,Marsh,cleo@example.com,38\nNora,Bell,nora@example.com,40\n"
        "Broken,Row,not an address,41\nIvo,Prem,ivo@example.com,44\n",
        encoding="utf-8",
    )
    with visit(browser, url) as window:
        sign_in(window, account)
        page = window.page
        window.open(f"/a/{account.pk}/contacts/import")
        page.locator("input[type=file]").set_input_files(str(file))
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_label("Shoe size becomes")).to_have_value("")
        page.get_by_label("Shoe size becomes").select_option(label="New custom field “Shoe size”")
        window.shoot("import-columns")
        assert window.axe() == []
        page.get_by_role("button", name="Check the file").click()

        expect(page.get_by_role("progressbar")).to_be_visible()
        window.shoot("import-checking")
        assert window.axe() == []
        run(Import.objects.get())
        expect(page.get_by_role("button", name="Import 3 rows")).to_be_visible()
        expect(page.get_by_text("Nothing is imported yet")).to_be_visible()
        window.shoot("import-checked")
        assert window.axe() == []
        page.get_by_role("button", name="Import 3 rows").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        run(Import.objects.get())
        expect(page.get_by_role("link", name="See the contacts")).to_be_visible()
        expect(page.get_by_text("Line 4")).to_be_visible()
        window.shoot("import-done")
        assert window.axe() == []
        assert window.trouble == []


def test_a_bulk_change_shows_how_far_it_is_and_is_cancelled(
    browser: Browser, denver: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    from hub.contacts.bulk import changes, portions
    from hub.contacts.bulk.models import BulkChange
    from hub.web.views.contacts import acting

    monkeypatch.setattr(acting, "AT_ONCE", 3)
    monkeypatch.setattr(changes, "PORTION", 2)
    url, account = denver
    with visit(browser, url) as window, visit(browser, url, PHONE, "dark", scripts=False) as phone:
        sign_in(window, account)
        page = window.page
        page.locator("[data-select-page]").check()
        page.get_by_role("button", name="Tag", exact=True).click()
        page.get_by_label("Tags").fill("vip")
        page.get_by_role("button", name="Add the tags").click()
        expect(page.get_by_text("0 of 7 contacts")).to_be_visible()

        with transaction.atomic():
            portions.run(BulkChange.objects.get().pk, 0)
        expect(page.get_by_text("2 of 7 contacts")).to_be_visible()  # it asks by itself
        window.shoot("contacts-change-running")
        assert window.axe() == []

        sign_in_without_scripts(phone)
        for name, path in {"list": "contacts", "changes": "contacts/changes"}.items():
            phone.open(f"/a/{account.pk}/{path}")
            phone.shoot(f"contacts-at-work-{name}-dark-{PHONE}")
            assert phone.overflow() <= 0, name
        phone.page.get_by_role("link", name="Add tags").click()
        expect(phone.page.get_by_text("2 of 7 contacts")).to_be_visible()
        phone.shoot(f"contacts-change-running-dark-{PHONE}")
        phone.page.get_by_role("button", name="Cancel").click()
        expect(phone.page.get_by_text("What was changed up to there stays.")).to_be_visible()
        phone.shoot(f"contacts-change-cancelled-dark-{PHONE}")

        expect(page.get_by_text("Not reached")).to_be_visible()  # the other window has heard of it, too
        window.shoot("contacts-change-cancelled")
        assert window.axe() == []
        assert window.trouble == []


def test_the_button_that_enrols_shows_that_it_works_and_is_pressed_once(
    browser: Browser, denver: Any, people: Any
) -> None:
    from hub.plans.models import Plan

    url, account = denver
    plan = Plan.objects.get(name="Birthday")
    with visit(browser, url) as window:
        sign_in(window, account)
        page = window.page
        window.open(f"/a/{account.pk}/plans/{plan.pk}/enroll")
        page.locator("[data-select-page]").check()
        page.get_by_role("button", name="Count them").click()
        button = page.get_by_role("button", name="Put 6 contacts on the plan")
        expect(button).to_be_visible()

        window.arrived().evaluate(HELD_BACK)
        button.click()
        expect(button).to_have_attribute("aria-busy", "true")
        window.shoot("plan-enrolling")
        button.click(force=True)
        button.press("Enter")
        assert page.evaluate("window.sent") == 1

        page.evaluate("document.querySelector('form[data-busy]').submit()")
        expect(page.get_by_text("6 contacts were put on “Birthday”")).to_be_visible()
        assert window.trouble == []


def sign_in_without_scripts(window: Visit) -> None:
    from tests.support.people import PASSWORD

    window.open("/sign-in")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.get_by_role("button", name="Sign in").click()
    window.page.wait_for_url(lambda url: "/sign-in" not in url)
