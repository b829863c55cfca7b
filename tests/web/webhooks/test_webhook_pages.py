"""The webhooks' pages: made, tried out, looked at, switched off and on, sent again, removed; by those who may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client

from hub.hooks import changes
from hub.hooks.models import Delivery, Endpoint
from hub.users.models import User
from tests.hooks.house import House, make_house
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]


@pytest.fixture
def house() -> Iterator[House]:
    with make_house() as made:
        yield made


@pytest.fixture
def browser(house: House, enter: Enter) -> Client:
    return enter(make_user(house.account, "owner"))


def here(house: House, *parts: object) -> str:
    return "/".join([f"/a/{house.account.pk}/settings/webhooks", *map(str, parts)])


def seller_with(house: House, *extra: str) -> User:
    """Somebody whose role has nothing to do with webhooks, and what was given besides."""
    seller = make_user(house.account, "sales")
    seller.grants.update(extra=list(extra))
    return seller


def test_one_is_made_and_its_secret_is_shown_once(house: House, browser: Client) -> None:
    form = {"url": house.receiver.url, "name": "Our CRM", "events": ["contact.created", "step.done"]}

    made = browser.post(here(house, "new"), form)

    endpoint = Endpoint.objects.get()
    secret = changes.secret_of(endpoint)
    assert secret in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    page = browser.get(here(house, endpoint.pk)).content.decode()
    assert "Our CRM" in page
    assert "Contact added, Step done" in page
    assert secret not in page
    assert "/hook" not in page.replace("/settings/webhooks", "")  # the address's path may be a key
    assert "Our CRM" in browser.get(here(house)).content.decode()


def test_an_address_inside_is_refused_beside_its_field(house: House, browser: Client) -> None:
    answer = browser.post(here(house, "new"), {"url": "https://10.0.0.8/", "events": ["step.done"]})

    assert answer.status_code == 422
    assert "private network" in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_a_sample_shows_what_the_receiver_said(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    house.receiver.says = b"<b>who are you?</b>"
    house.receiver.always = (403, {"X-Inner": "for nobody"})

    answer = browser.post(here(house, endpoint.pk, "try"), {"event": "contact.created"}, follow=True)

    page = answer.content.decode()
    assert "403" in page
    assert "&lt;b&gt;who are you?&lt;/b&gt;" in page
    assert "for nobody" not in page
    assert json.loads(house.receiver.got[0].body)["data"]["contact"]["first_name"] == "Ada"


def test_off_and_on_again_with_what_happened_meanwhile(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    browser.post(here(house, endpoint.pk, "switch"), {"on": "0"})
    house.happen(2)
    page = browser.get(here(house, endpoint.pk)).content.decode()
    assert "2 deliveries wait for it." in page

    browser.post(here(house, endpoint.pk, "switch"), {"on": "1", "past": "all"})
    house.deliver()

    assert house.states() == ["done", "done"]


def test_one_delivery_and_a_window_are_sent_again(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    house.happen(2)
    house.deliver()
    first = Delivery.objects.order_by("pk")[0]

    browser.post(here(house, endpoint.pk, "replay"), {"delivery": first.pk})
    house.deliver()
    window = {"since": "2026-03-02T00:00", "until": "2026-03-03T00:00", "all": "1"}
    browser.post(here(house, endpoint.pk, "replay"), window)
    house.deliver()

    assert len(house.receiver.got) == 2 + 1 + 2
    assert len(set(house.receiver.ids)) == 2
    refused = browser.post(here(house, endpoint.pk, "replay"), {"since": "soon", "until": ""})
    assert refused.status_code == 422
    assert "Say from when to when." in refused.content.decode()


def test_another_secret_is_shown_once(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    before = changes.secret_of(endpoint)

    page = browser.post(here(house, endpoint.pk, "rotate")).content.decode()

    endpoint.refresh_from_db()
    assert changes.secret_of(endpoint) in page
    assert before not in page


def test_it_is_removed(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    house.happen()

    browser.post(here(house, endpoint.pk, "remove"))

    assert not Endpoint.objects.exists()
    assert "Nobody listens yet" in browser.get(here(house)).content.decode()


def test_whoever_was_given_nothing_of_webhooks_sees_nothing(house: House, enter: Enter) -> None:
    endpoint = house.subscribe()
    seller = enter(seller_with(house, "addons.view", "addons.edit", "secrets.edit"))

    for path in (here(house), here(house, endpoint.pk), here(house, "new")):
        assert seller.get(path).status_code == 403
    assert seller.post(here(house, endpoint.pk, "remove")).status_code == 403


def test_looking_switching_and_making_are_given_each_by_itself(house: House, enter: Enter) -> None:
    endpoint = house.subscribe()
    person = seller_with(house)
    seller = enter(person)
    doors = {"list": here(house), "one": here(house, endpoint.pk), "new": here(house, "new")}
    doors |= {name: here(house, endpoint.pk, name) for name in ("remove", "rotate")}

    opened = {}
    for given in ("webhooks.view", "webhooks.edit", "webhooks.make"):
        person.grants.update(extra=[given])
        opened[given] = {name for name, path in doors.items() if seller.get(path).status_code != 403}

    assert opened == {
        "webhooks.view": {"list", "one"}, "webhooks.edit": {"remove"}, "webhooks.make": {"new", "rotate"},
    }  # fmt: skip


def test_another_accounts_webhook_is_not_there(house: House, browser: Client) -> None:
    other = house.subscribe(account=make_account("Southside"))

    for part in ("", "try", "switch", "replay", "rotate", "remove"):
        path = here(house, other.pk, part) if part else here(house, other.pk)
        assert (browser.post(path) if part else browser.get(path)).status_code == 404
    assert Endpoint.objects.filter(pk=other.pk).exists()


def test_only_who_reaches_all_accounts_beneath_may_hear_them(house: House, enter: Enter) -> None:
    make_account("Branch", house.account)
    near, far = make_user(house.account, "owner"), make_user(house.account, "admin", reach="subtree")

    assert "subtree" not in enter(near).get(here(house, "new")).content.decode()
    assert re.search('name="subtree"', enter(far).get(here(house, "new")).content.decode())


def test_a_failing_one_says_since_when(house: House, browser: Client) -> None:
    endpoint = house.subscribe()
    house.receiver.always = (500, {})
    house.happen()
    house.deliver()

    assert "Nothing is taken there" in browser.get(here(house, endpoint.pk)).content.decode()
    with transaction.atomic():
        delivery = Delivery.objects.get()
    assert "500" in browser.get(here(house, endpoint.pk, "deliveries", delivery.pk)).content.decode()
