"""The journey of the product in a real browser: sign in, switch Mailbox Power on, test it, build a plan, enrol, read the history.

The vendor is the simulator behind a real socket; the steps are carried out by the production dispatcher.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [
    pytest.mark.browser, pytest.mark.both_ways, pytest.mark.slow, pytest.mark.django_db(transaction=True),
]  # fmt: skip

LONG = 30_000  # milliseconds for what asks a vendor, on a busy machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def branch(live_server: Any, settings: Any) -> Iterator[Any]:
    """A branch with an admin and a contact; Mailbox Power is installed and available, and plays itself on loopback."""
    import hub_mailbox_power
    from django.db import transaction

    import hub.steps
    from hub.addons import catalog, installed
    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.core import registry as registries
    from hub.core.egress import Egress
    from hub.db import clock
    from hub.dispatch.outside import Outside
    from hub.plans import loading
    from hub.testing.simulator import Simulator
    from hub.testing.simulator_server import SimulatorServer
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    loading.forget()
    found = registries.from_objects([hub_mailbox_power.addon, hub.steps.addon])
    simulator = Simulator(found.plugins["mailbox_power"].info)
    with SimulatorServer(simulator) as vendor:
        outside = Outside(Egress.of([vendor.address]), {"mailbox_power": vendor.url})
        with installed.use(found), installed.use_outside(outside), transaction.atomic():
            catalog.sync(found)
            account = make_account("Northside")
            addons.make_available(account, "mailbox_power", by=SYSTEM)
            make_user(account, "admin", "grace")
            now = clock.now()
            Contact.objects.create(
                account=account, first_name="Ada", last_name="Byron", line1="1 High St", city="Austin", state="TX",
                zip="78701", created_at=now, updated_at=now,
            )  # fmt: skip
        with installed.use(found), installed.use_outside(outside):
            yield live_server.url, account, simulator
        outside.close()
    loading.forget()


def sign_in(window: Visit, account: Any) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next=/a/{account.pk}/add-ons")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


def work() -> None:
    """Carry out what is due, as a worker would."""
    from hub.db import clock
    from hub.dispatch.batch import dispatch
    from hub.engine import due, runtime

    current = runtime.current()
    for _ in range(10):
        ids = due.due_steps(clock.now(), 100)
        if not ids:
            break
        dispatch(ids, current.ledger, current.runner)
    runtime.close()


def set_up(window: Visit, account: Any, key: str) -> None:
    """Tick the box, paste a key, press Test."""
    page = window.page
    window.open(f"/a/{account.pk}/add-ons/mailbox_power")
    if page.get_by_role("button", name="Switch on").count():
        page.get_by_role("button", name="Switch on").click()
        expect(page.get_by_role("button", name="Save settings")).to_be_visible()
        window.arrived()
    if page.get_by_text("Replace", exact=True).count():
        page.get_by_text("Replace", exact=True).click()
    page.locator("input[type=password]").fill(key)
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Test the new key now")).to_be_visible()
    page.get_by_role("button", name="Test the connection").click()


def test_from_switching_mailbox_power_on_to_reading_the_history(browser: Browser, branch: Any) -> None:
    url, account, vendor = branch
    with visit(browser, url) as window:
        page = window.page
        sign_in(window, account)

        set_up(window, account, "wrong-key-1234567890")
        expect(page.locator("#diagnosis")).to_contain_text("Sign-in", timeout=LONG)
        expect(page.locator("#diagnosis")).to_contain_text("An admin acts", timeout=LONG)
        window.shoot("journey-wrong-key")

        set_up(window, account, "a-good-key-1234567890")
        expect(page.locator("#diagnosis")).to_contain_text("The connection to Mailbox Power works", timeout=LONG)
        window.shoot("journey-good-key")

        build_a_plan(window, account)
        enrol(window, account)
        work()

        assert len(vendor.effects) == 1
        window.open(f"/a/{account.pk}/runs")
        expect(page.locator("tbody")).to_contain_text("Ada Byron")
        expect(page.locator("tbody")).to_contain_text("Done")
        from hub.contacts.models import Contact

        window.open(f"/a/{account.pk}/contacts/{Contact.objects.get().pk}")
        expect(page.locator("main")).to_contain_text("Welcome gift")
        expect(page.locator("main")).to_contain_text("was done")
        window.shoot("journey-history")
        assert window.trouble == []


def build_a_plan(window: Visit, account: Any) -> None:
    """A plan with one Mailbox Power step, its group chosen from the live list, made ready."""
    page = window.page
    window.open(f"/a/{account.pk}/plans/new")
    page.get_by_label("Name").first.fill("Welcome")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(lambda address: "/edit" in address)
    editor = page.url.split("?")[0].removeprefix(window.base).rstrip("/")
    window.open(f"{editor}/steps/new?at=0&type=mailbox_power.add_to_group")
    page.locator("[name='name']").fill("Welcome gift")
    group = page.locator("select[name$='group_id'], select[name$='group']").first
    expect(group.locator("option").nth(1)).to_be_attached(timeout=LONG)
    group.evaluate("node => { node.selectedIndex = 1; node.dispatchEvent(new Event('change', {bubbles: true})) }")
    window.shoot("journey-step")
    page.get_by_role("button", name="Add step").click()
    expect(page.get_by_text("“Welcome gift” is saved in the draft.")).to_be_visible()
    window.open(f"{editor}/ready")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("link", name="Put contacts on it")).to_be_visible()
    window.shoot("journey-plan-ready")


def enrol(window: Visit, account: Any) -> None:
    """Put the contact on it: numbers first, then the act."""
    from hub.contacts.models import Contact
    from hub.plans.models import Plan

    plan, contact = Plan.objects.get(), Contact.objects.get()
    window.open(f"/a/{account.pk}/plans/{plan.pk}/enroll?contact={contact.pk}")
    window.shoot("journey-counts")
    window.page.locator("main form button[type=submit]").last.click()
    expect(window.page.get_by_role("heading", level=1)).to_have_text("1 contact was put on “Welcome”")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_pages_of_runs_and_addons_hold_in_both_colours_and_widths(
    browser: Browser, branch: Any, colours: str, width: int
) -> None:
    url, account, _vendor = branch
    with visit(browser, url, width, colours) as window:
        sign_in(window, account)
        for name, path in (
            ("addons", "/add-ons"), ("addon", "/add-ons/mailbox_power"), ("ask", "/add-ons/request"), ("runs", "/runs"),
            ("inbox", "/runs/inbox"),
        ):  # fmt: skip
            assert window.open(f"/a/{account.pk}{path}") == 200
            assert window.overflow() <= 0, path
            assert window.axe() == [], path
            window.shoot(f"{name}-{colours}-{width}")
        assert window.trouble == []
