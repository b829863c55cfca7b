"""Add-ons in the browser: the gallery, switching, settings, the test, and the page without the plugin's code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.db import transaction
from django.test import Client

import hub.steps
from hub.addons import catalog, connections, grades, installed, wording
from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.addons.wording import Reason
from hub.audit.actor import SYSTEM
from hub.core import registry as registries
from hub.plans.models import StepRun
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]
GOOD = {"settings.api_key": "another-key-4242", "settings.studio.typed": "s9"}


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def at(world: World, more: str = "") -> str:
    return f"/a/{world.account.pk}/add-ons{more}"


def test_the_gallery_lists_what_is_available_with_its_state(world: World, enter: Enter) -> None:
    page = enter(make_user(world.account, "owner")).get(at(world)).content.decode()

    assert "PostPigeon" in page
    assert "used by 1 plan" in page
    assert "Built-in steps" in page


def test_the_page_says_of_each_step_what_becomes_of_an_unclear_sending(world: World, enter: Enter) -> None:
    page = enter(make_user(world.account, "owner")).get(at(world, "/postpigeon")).content.decode()

    assert re.search(r"business days\s+·\s+an unclear sending is looked up\s*</span>", page)


def test_a_grade_is_shown_with_what_it_means_until_other_code_is_installed(world: World, enter: Enter) -> None:
    manifest = catalog.manifest("postpigeon")
    assert manifest is not None
    lacking = [
        {"badge": "no person needed", "level": "platinum", "earned": False, "failure": "mail_card: a lost answer"}
    ]
    browser = enter(make_user(world.account, "owner"))
    assert "never checked" in browser.get(at(world, "/postpigeon")).content.decode()

    with transaction.atomic():
        grades.keep(manifest, "gold", lacking, 562, by=SYSTEM)

    assert "<p>Gold</p>" in browser.get(at(world)).content.decode()
    page = browser.get(at(world, "/postpigeon")).content.decode()
    assert (
        "Gold. Two troubles at once change nothing either, and no secret gets out. Not earned yet: no person needed."
        in page
    )

    with transaction.atomic():
        grades.keep(manifest.model_copy(update={"digest": "other"}), "gold", lacking, 562, by=SYSTEM)

    assert "Gold (outdated)" in browser.get(at(world)).content.decode()
    assert "it counts no more" in browser.get(at(world, "/postpigeon")).content.decode()


def test_a_page_with_something_missing_says_to_whom_what_to_do_right_there(world: World, enter: Enter) -> None:
    Connection.objects.filter(account=world.account).update(settings={}, secrets=None, complete=False)
    looker = make_user(world.account, "sales")
    looker.grants.update(extra=["addons.view"])

    changer, looking = (
        enter(user).get(at(world, "/postpigeon")).content.decode()
        for user in (make_user(world.account, "owner"), looker)
    )

    assert "PostPigeon still lacks a setting. Fill it in below and save." in changer
    assert "PostPigeon still lacks a setting. An admin can fill it in under Add-Ons." in looking


@pytest.mark.parametrize("reason", list(Reason))
def test_no_sentence_of_an_add_on_s_own_page_sends_to_where_one_is(reason: Reason) -> None:
    for borrowed in (False, True):
        said = wording.sentence_here(reason, "Gym", borrowed=borrowed)
        assert "Gym" in said
        assert "under Add-Ons" not in said or reason is Reason.OFF  # there the page has its switch and no banner


def test_whose_connection_is_the_account_s_above_is_not_sent_to_fields_that_are_not_its_own() -> None:
    said = wording.sentence_here(Reason.INCOMPLETE, "Gym", borrowed=True)

    assert said.startswith("This account uses the Gym connection of the account above")


def test_what_is_not_available_is_not_listed_and_has_no_page(world: World, enter: Enter) -> None:
    with transaction.atomic():
        other = make_account("Elsewhere")
    browser = enter(make_user(other, "owner"))

    assert "PostPigeon" not in browser.get(f"/a/{other.pk}/add-ons").content.decode()
    assert browser.get(f"/a/{other.pk}/add-ons/postpigeon").status_code == 404
    assert browser.post(f"/a/{other.pk}/add-ons/postpigeon/on").status_code == 404


def test_the_page_shows_how_a_secret_ends_and_never_the_secret(world: World, enter: Enter) -> None:
    page = enter(make_user(world.account, "owner")).get(at(world, "/postpigeon")).content.decode()

    assert "pigeon-key-123456" not in page
    assert "3456" in page


def test_a_missing_field_is_said_beside_it_and_what_was_typed_stays(world: World, enter: Enter) -> None:
    browser = enter(make_user(world.account, "owner"))

    answer = browser.post(at(world, "/postpigeon/settings"), {"settings.api_key": "", "settings.studio": ""})

    assert answer.status_code == 422
    assert "Choose one." in answer.content.decode()
    assert world.connection().settings["studio"] == "s1"


def test_an_empty_secret_keeps_the_stored_one_and_a_new_one_replaces_it(world: World, enter: Enter) -> None:
    from hub.addons import connections

    browser = enter(make_user(world.account, "owner"))

    browser.post(at(world, "/postpigeon/settings"), {"settings.api_key": "", "settings.studio.typed": "s2"})
    assert connections.open_settings(world.connection()) == {"api_key": "pigeon-key-123456", "studio": "s2"}

    browser.post(at(world, "/postpigeon/settings"), GOOD)
    assert connections.open_settings(world.connection()) == {"api_key": "another-key-4242", "studio": "s9"}


def test_two_tabs_do_not_overwrite_each_other(world: World, enter: Enter) -> None:
    browser = enter(make_user(world.account, "owner"))
    version = world.connection().version

    assert browser.post(at(world, "/postpigeon/settings"), {**GOOD, "version": version}).status_code == 302
    second = browser.post(at(world, "/postpigeon/settings"), {**GOOD, "version": version})

    assert second.status_code == 409
    assert "Somebody else saved these settings" in second.content.decode()


def test_a_new_key_lets_held_steps_go(world: World, enter: Enter) -> None:
    world.enroll(2)
    world.vendor.answers = [lambda request: httpx.Response(401)] * 2
    world.work()
    browser = enter(make_user(world.account, "owner"))
    assert "2 steps wait" in browser.get(at(world, "/postpigeon")).content.decode()

    browser.post(at(world, "/postpigeon/settings"), GOOD)
    world.work()

    assert len(world.vendor.cards) == 2
    assert set(StepRun.objects.values_list("state", flat=True)) == {"done"}


def test_switching_off_says_first_what_would_wait(world: World, enter: Enter) -> None:
    world.enroll(3)
    browser = enter(make_user(world.account, "owner"))

    asked = browser.get(at(world, "/postpigeon/off")).content.decode()
    assert "3 waiting steps would be held" in asked
    assert world.connection().enabled

    browser.post(at(world, "/postpigeon/off"))
    world.work()
    assert set(StepRun.objects.values_list("state", "hold_reason")) == {("held", "addon_off")}

    browser.post(at(world, "/postpigeon/on"))
    world.work()
    assert len(world.vendor.cards) == 3


def test_after_a_test_the_page_no_longer_says_what_it_said_before(world: World, enter: Enter) -> None:
    world.vendor.answers = [lambda request: httpx.Response(401)]
    browser = enter(make_user(world.account, "owner"))

    answer = browser.post(at(world, "/postpigeon/test"), headers={"HX-Request": "true"}).content.decode()

    assert "Tested just now" in answer
    assert "outerHTML:.page-title" in answer
    assert 'class="badge' in answer


def test_the_page_is_drawn_with_the_plugins_code_absent(world: World, enter: Enter) -> None:
    with installed.use(registries.from_objects([hub.steps.addon])):
        catalog.sync(installed.registry())
        browser = enter(make_user(world.account, "owner"))

        page = browser.get(at(world, "/postpigeon"))
        saved = browser.post(at(world, "/postpigeon/settings"), GOOD)

    assert page.status_code == 200
    assert "its package is no longer installed" in page.content.decode()
    assert "Campaign" not in page.content.decode()
    assert "Studio" in page.content.decode()
    assert saved.status_code in (400, 409)
    assert world.connection().settings["studio"] == "s1"


def test_a_standard_user_looks_and_does_not_change(world: World, enter: Enter) -> None:
    browser = enter(make_user(world.account, "standard"))

    for path in ("/postpigeon/on", "/postpigeon/off", "/postpigeon/settings", "/postpigeon/test"):
        assert browser.post(at(world, path), GOOD).status_code in (403, 404)
    assert world.connection().settings["studio"] == "s1"


def test_a_wish_for_an_addon_reaches_the_people_above(world: World, enter: Enter) -> None:
    from hub.notifications.models import Notification

    with transaction.atomic():
        child = make_account("Child", world.account)
    owner = make_user(world.account, "owner")

    enter(make_user(child, "admin")).post(f"/a/{child.pk}/add-ons/request", {"wish": "Mailbox Power"})

    told = Notification.objects.get(user_id=owner.pk)
    assert told.data["wish"] == "Mailbox Power"


def test_only_operators_make_available(world: World, enter: Enter) -> None:
    browser = enter(make_user(world.account, "owner"))

    assert browser.post(at(world, "/postpigeon/offer"), {"available": "0"}).status_code in (403, 404)
    with transaction.atomic():
        assert addons.withdraw(world.account, "postpigeon", by=SYSTEM)


def test_where_the_key_that_sealed_it_is_lost_the_page_says_so_and_takes_a_new_one(
    world: World, enter: Enter, settings: Any
) -> None:
    browser = enter(make_user(world.account, "owner"))
    settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(),)

    page = browser.get(at(world, "/postpigeon"))
    tested = browser.post(at(world, "/postpigeon/test"))
    catalog._recheck(installed.registry().plugins["postpigeon"])
    kept = browser.post(at(world, "/postpigeon/settings"), {"settings.studio.typed": "s9"})
    saved = browser.post(at(world, "/postpigeon/settings"), GOOD)

    assert [answer.status_code for answer in (page, tested, kept, saved)] == [200, 200, 422, 302]
    assert all("a key that this installation does not have" in one.content.decode() for one in (page, tested, kept))
    assert connections.open_settings(Connection.objects.get(addon="postpigeon"))["api_key"] == "another-key-4242"
