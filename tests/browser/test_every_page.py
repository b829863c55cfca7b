"""Every page there is, as the routes tell it: axe finds nothing in light, in dark and on a phone, and nothing hangs over.

A page is loaded once and looked at three times: its elements are the same in dark, so there only the contrasts are asked again;
its colours are the same on a phone, so there only the contrasts of what was not to be seen before.
A new route is walked by itself; if it brings a new parameter, ``House.known`` wants an example.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.house import House, build
from tests.browser.support import DESK, PHONE, Visit, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

AREAS = {"contacts": ("contacts", "imports"), "plans": ("plans",), "settings": ("settings",), "rest": ()}
"""Four tests, so that two workers share the work: what an address has behind its account."""

REFUSED = {"invitation/<str:token>": 400, "oauth/callback": 400, "reset/<str:token>": 400, "not-there": 404,
           "mail/stop/<str:token>": 404, "mail/file/<str:token>": 404,
           "a/<int:account_id>/add-ons/<slug:addon>/offer": 403,
           "a/<int:account_id>/add-ons/<slug:addon>/test-mail": 404}  # fmt: skip
"""Pages that are no pages: what is shown instead has to be as good."""

ASK_FOR_MORE = ("plans/choose", "/decide", "/edit/field", "/lists/<slug:name>", "/test/<uuid:run_id>")
"""Ends of routes that want a question mark and more; the house names them with it."""

LOOKS = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
"""The last one only for those who want its picture: its contrasts are those of the desk, its measures those of the light."""

CONTRAST = "color-contrast"
"""The rule that takes axe three quarters of its time."""

COVERED = """() => [...document.querySelectorAll("main a, main button")].filter(each => {
    const box = each.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    if (!box.width || y < 0 || y > innerHeight || x < 0 || x > innerWidth || !each.checkVisibility()) return false;
    const top = document.elementFromPoint(x, y);
    return top && !each.contains(top) && !top.contains(each)
        && !top.closest(".save-bar, .bulk-bar, .toasts, .topbar, .rail, .side-panel, dialog");
}).map(each => each.outerHTML.slice(0, 160))"""
"""Links and buttons that cannot be pressed, for something else lies on top of them; what sticks to an edge may."""

IN_A_FIELDSET = """() => [...document.querySelectorAll("fieldset *")]
    .filter(each => getComputedStyle(each).containerType !== "normal").map(each => each.outerHTML.slice(0, 160))"""
"""Containers in fieldsets: Chromium may not draw what stands in them, when the page comes in pieces."""

TO_BE_SEEN = (
    "() => { window.seen = new Set([...document.body.querySelectorAll('*')].filter(each => each.checkVisibility())); }"
)
"""Remember what of a page is shown at this width."""

NEW_TO_THE_EYE = """() => {
    const fresh = [...document.body.querySelectorAll("*")].filter(each => each.checkVisibility() && !window.seen.has(each));
    fresh.forEach(each => each.setAttribute("data-fresh", ""));
    return fresh.length;
}"""
"""Mark what was not shown at the other width, and say how much it is."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as lent:
        yield lent


@pytest.fixture
def house(live_server: Any, settings: Any, tmp_path: Any) -> Iterator[tuple[str, House]]:
    """The server and the account."""
    from django.db import transaction

    from hub.addons import installed
    from hub.plans import loading
    from tests.web.plans import world

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.HUB_HOME = tmp_path
    loading.forget()
    with installed.use(world.build_registry()) as registry:
        with transaction.atomic():
            made = build(registry)
        yield live_server.url, made
    loading.forget()


def sign_in(window: Visit, house: House) -> None:
    from tests.support.people import PASSWORD

    window.open(f"/sign-in?next=/a/{house.account.pk}/")
    window.page.get_by_label("User name").fill("grace")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: "/sign-in" not in url)


def pages(house: House, area: str) -> dict[str, str]:
    """Name → address of every page of an area."""
    from tests.web.base.walking import PAGES, address

    found = {path: address(path, **house.known) for path, _entry in PAGES} | house.more
    others = [start for starts in AREAS.values() for start in starts]
    return {name: at for name, at in found.items() if _is_of(at, AREAS[area] or others) == bool(AREAS[area])}


def _is_of(address: str, starts: Any) -> bool:
    parts = address.partition("?")[0].strip("/").split("/")
    return len(parts) > 2 and parts[0] == "a" and parts[2] in starts


def is_a_page(window: Visit, name: str, address: str) -> bool:
    """Whether it is drawn at all: no file, no part for htmx, no address that only takes forms."""
    if name in ("sign-out", "styleguide") or name.startswith("health") or name.endswith(ASK_FOR_MORE):
        return False
    answer = window.page.request.get(window.base + address, max_redirects=0)
    assert answer.status < 500, name
    expected = answer.status in (200, REFUSED.get(name))
    assert expected or answer.status in (302, 405), (name, answer.status)
    return expected and "<html" in answer.text()


def asked(window: Visit, width: int, colours: str) -> Iterator[str]:
    """What axe finds of what it has not been asked yet."""
    if colours == "dark":
        yield from window.axe([CONTRAST])
    elif width == DESK:
        yield from window.axe()
    else:
        yield from window.axe(but=[CONTRAST])
        if window.page.evaluate(NEW_TO_THE_EYE):
            yield from window.axe([CONTRAST], within="[data-fresh]")


def look(window: Visit, name: str, address: str) -> Iterator[str]:
    """What is wrong with one page, a line each."""
    page, shot = window.page, name.replace("/", "-").replace("<", "").replace(">", "").replace(":", "-")
    window.open(address)
    if page.locator("[hx-trigger*=load]").count():
        page.wait_for_load_state("networkidle")
    yield from (f"{name}: covered: {found}" for found in page.evaluate(COVERED))
    yield from (f"{name}: a container in a fieldset: {found}" for found in page.evaluate(IN_A_FIELDSET))
    page.evaluate(TO_BE_SEEN)
    for width, colours in LOOKS if "HUB_SCREENSHOTS" in os.environ else LOOKS[:3]:
        page.set_viewport_size({"width": width, "height": 900})
        window.in_colours(colours)
        window.shoot(f"{shot}-{colours}-{width}")
        yield from (f"{name}, {colours}, {width}: {found}" for found in asked(window, width, colours))
        if window.overflow() > 0:
            yield f"{name}, {width}: {window.overflow()} pixels hang over the edge"
    page.set_viewport_size({"width": DESK, "height": 900})


@pytest.mark.parametrize("area", AREAS)
def test_every_page_is_accessible_in_light_and_dark_and_fits_a_phone(
    browser: Browser, house: tuple[str, House], area: str
) -> None:
    url, made = house
    wrong, seen = list[str](), 0
    with visit(browser, url) as window:
        window.bring_axe()
        sign_in(window, made)
        for name, address in pages(made, area).items():
            if is_a_page(window, name, address):
                wrong += look(window, name, address)
                seen += 1
        wrong += [line for line in window.trouble if "status of 40" not in line]

    assert wrong == []
    assert seen > 10
