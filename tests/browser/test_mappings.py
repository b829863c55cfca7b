"""Mapping in a real browser: a type gets a lead source and a plan, two branches get the same after a preview, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 20_000  # milliseconds for an answer on a busy machine
BRANCHES = ("Boulder", "Aurora")


@dataclass
class Gym:
    """The enterprise and its two branches."""

    url: str
    acme: Any
    branches: list[Any]

    def at(self, more: str = "") -> str:
        return f"/a/{self.acme.pk}/add-ons/gym/mappings{more}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def gym(live_server: Any, settings: Any) -> Iterator[Gym]:
    """Boulder has the same lead sources, Aurora none of them and another word for trials."""
    from django.db import transaction

    from hub.addons import installed
    from tests.addons.mappings import world
    from tests.support.people import make_account, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with installed.use(world.registry()), transaction.atomic():
        acme = make_account("Acme")
        world.switched_on(acme)
        branches = [world.branch(acme, name) for name in BRANCHES]
        for account in (acme, *branches):
            world.source(account, "Web")
            world.plan(account, "Welcome")
        world.source(branches[1], "Mailing")
        make_user(acme, "owner", "grace", reach="subtree")
    with installed.use(world.registry()):
        yield Gym(live_server.url, acme, branches)


def enter(window: Visit, gym: Gym) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next={gym.at()}")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda address: "/sign-in" not in address)


def choose(window: Visit, name: str, label: str, card: int) -> None:
    """Choose by what is read, in the nth card."""
    field = window.page.locator(f"#mappings select[name={name}]").nth(card)
    field.evaluate(
        "(node, label) => { node.value = [...node.options].find(one => one.text === label).value;"
        "node.dispatchEvent(new Event('change', {bubbles: true})) }",
        label,
    )


def add(window: Visit, card: int, theirs: str, ours: str) -> None:
    choose(window, "choice", theirs, card)
    choose(window, "key", ours, card)
    window.page.get_by_role("button", name="Add mapping").nth(card).click()
    expect(window.page.locator("#mappings .lines .line", has_text=f"{theirs} → {ours}").first).to_be_visible(
        timeout=LONG
    )


def lines(account: Any) -> list[str]:
    from hub.addons.mappings import reads

    return [f"{line.label} → {line.name}" for line in reads.lines(account, "gym")]


def looks(window: Visit, name: str) -> list[str]:
    """What is wrong with the page that stands here, in light, in dark and on a phone."""
    wrong: list[str] = []
    for width, colours in ((DESK, "light"), (DESK, "dark"), (PHONE, "light")):
        window.page.set_viewport_size({"width": width, "height": 900})
        window.in_colours(colours)
        window.shoot(f"mappings-{name}-{colours}-{width}")
        wrong += [f"{name}, {width}: hangs over"] if window.overflow() > 0 else []
    wrong += [f"{name}: {found}" for found in window.axe()]
    window.page.set_viewport_size({"width": DESK, "height": 900})
    window.in_colours("light")
    return wrong


def test_a_type_is_mapped_cloned_to_two_sub_accounts_with_a_preview_and_taken_back(browser: Browser, gym: Gym) -> None:
    from hub.addons.mappings import changes
    from tests.addons.mappings import world

    boulder, aurora = gym.branches
    key = str(world.LeadSource.objects.get(account=aurora, name="Mailing").pk)
    changes.add(aurora, world.manifest(), "gym.sources", "t1", key, label="Trial", by=world.ADA)

    with visit(browser, gym.url) as window:
        enter(window, gym)
        add(window, 0, "Trial", "Web")
        add(window, 1, "Trial", "Welcome")
        add(window, 1, "Walk-in", "Welcome")
        wrong = looks(window, "tab")

        window.page.get_by_role("link", name="Clone mapping to sub-accounts").click()
        expect(window.page.get_by_text("There it stands for Mailing.")).to_be_visible(timeout=LONG)
        wrong += looks(window, "preview")
        window.page.get_by_label("Take ours").check()
        window.page.get_by_role("button", name="Clone the mapping").click()
        expect(window.page.get_by_text("Last cloned to 2 accounts")).to_be_visible(timeout=LONG)
        everything = {"Trial → Web", "Trial → Welcome", "Walk-in → Welcome"}
        assert set(lines(boulder)) == set(lines(aurora)) == everything

        window.page.get_by_role("link", name="Take it back").click()
        expect(window.page.get_by_role("heading", name="Take the cloned mapping back?")).to_be_visible(timeout=LONG)
        wrong += looks(window, "take-back")
        window.page.get_by_role("button", name="Take it back").click()
        expect(window.page.get_by_text("Taken back as a whole.")).to_be_visible(timeout=LONG)

        assert (lines(boulder), lines(aurora)) == ([], ["Trial → Mailing"])
        assert (wrong, window.trouble) == ([], [])


def test_without_javascript_a_row_is_typed_in_and_removed_by_plain_posts(browser: Browser, gym: Gym) -> None:
    with visit(browser, gym.url, width=PHONE, scripts=False) as window:
        enter(window, gym)
        window.page.locator("#mappings details.typed-in summary").first.click()
        window.page.locator("input[name=typed]").first.fill("t9")
        window.page.locator("input[name=typed_label]").first.fill("Open day")
        window.page.locator("#mappings select[name=key]").first.select_option(label="Web")
        window.page.get_by_role("button", name="Add mapping").first.click()
        remove = window.page.get_by_role("button", name="Remove Open day → Web")
        expect(remove).to_be_visible(timeout=LONG)
        assert lines(gym.acme) == ["Open day → Web"]

        remove.click()
        expect(remove).to_have_count(0, timeout=LONG)
        assert lines(gym.acme) == []
