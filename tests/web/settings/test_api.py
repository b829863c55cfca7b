"""Settings → API: keys are masked, shown on request and written down; API users get only what they are granted."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from hub.audit.models import AuditRow
from hub.users.keys.models import ApiKey, ApiUser
from tests.support.people import Tree, make_user

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def at(account: Any, rest: str = "") -> str:
    return f"/a/{account.pk}/settings/api{rest}"


@pytest.fixture
def browser(tree: Tree, enter: Any) -> Client:
    """The enterprise's owner."""
    return enter(make_user(tree.e1, "owner", "olga", reach="subtree"))


def test_a_key_that_cannot_be_opened_is_told_with_who_can_help(tree: Tree, browser: Client, settings: Any) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))
    settings.HUB_SECRET_KEYS = (Fernet.generate_key().decode(),)

    shown = browser.post(at(tree.e1, "/key/web_key/reveal"))

    assert shown.status_code == 503
    assert "sealed with a key that this installation does not have" in shown.content.decode()
    assert not AuditRow.objects.filter(verb="api_key_revealed").exists()


def test_a_key_is_made_masked_and_shown_on_request(tree: Tree, browser: Client) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))
    key = ApiKey.objects.get()
    secret = key.secret.reveal()

    page = browser.get(at(tree.e1)).content.decode()
    assert secret not in page
    assert f"••••••••{key.ending}" in page

    shown = browser.post(at(tree.e1, "/key/web_key/reveal"))
    assert secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    row = AuditRow.objects.get(verb="api_key_revealed")
    assert (row.actor_label, row.data) == ("Olga", {"kind": "web_key", "ending": key.ending})


def test_a_look_by_get_shows_nothing(tree: Tree, browser: Client) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))

    assert browser.get(at(tree.e1, "/key/web_key/reveal")).status_code == 302
    assert not AuditRow.objects.filter(verb="api_key_revealed").exists()


def test_a_sub_account_is_told_whom_to_ask_for_the_token(tree: Tree, browser: Client, enter: Any) -> None:
    browser.post(at(tree.e1, "/key/access_token/make"))
    theirs = enter(make_user(tree.a1, "owner"))

    page = theirs.get(at(tree.a1)).content.decode()
    assert "The access token belongs to E1. Ask Olga, who owns it." in page
    for act in ("make", "reveal", "rotate", "end"):
        assert theirs.post(at(tree.a1, f"/key/access_token/{act}")).status_code == 403
    assert theirs.post(at(tree.a1, "/key/web_key/make")).status_code == 302


def test_an_account_that_stands_alone_sees_both(enter: Any) -> None:
    from hub.accounts import changes
    from hub.accounts.models import Account
    from hub.audit.actor import SYSTEM

    alone = changes.create("Alone", by=SYSTEM, kind=Account.Kind.ACCOUNT)

    page = enter(make_user(alone, "owner")).get(at(alone)).content.decode()

    assert "Make Web Key" in page
    assert "Make X-Access-Token" in page


def test_a_key_is_replaced_with_grace_which_can_be_ended(tree: Tree, browser: Client) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))
    old = ApiKey.objects.get()

    browser.post(at(tree.e1, "/key/web_key/rotate"), {"grace": "3"})
    old.refresh_from_db()
    assert old.ends_at is not None
    assert re.search(rf"{old.ending}</span>,\s+works until", browser.get(at(tree.e1)).content.decode())

    browser.post(at(tree.e1, "/key/web_key/end"))
    assert "works until" not in browser.get(at(tree.e1)).content.decode()


@pytest.mark.parametrize("grace", ["31", "-1", "", "x", "1e9"])
def test_a_grace_that_cannot_be_changes_nothing(tree: Tree, browser: Client, grace: str) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))

    assert browser.post(at(tree.e1, "/key/web_key/rotate"), {"grace": grace}).status_code == 422
    assert ApiKey.objects.get().ends_at is None


def test_who_may_not_reveal_is_refused(tree: Tree, browser: Client, enter: Any) -> None:
    browser.post(at(tree.e1, "/key/web_key/make"))
    standard = enter(make_user(tree.e1, "standard"))

    for path in (at(tree.e1), at(tree.e1, "/key/web_key/reveal"), at(tree.e1, "/users/add")):
        assert standard.post(path).status_code == 403


def test_an_api_user_is_added_and_its_secret_shown_once(tree: Tree, browser: Client) -> None:
    from hub.users.keys import making

    given = {
        "name": "Website", "addresses": "203.0.113.5\n2001:db8::/32, 198.51.100.0/24", "ends_on": "2126-01-31",
        "endpoints": ["endpoint.contacts.create"],
    }  # fmt: skip
    answer = browser.post(at(tree.e1, "/users/add"), given)

    assert answer.status_code == 200
    page = answer.content.decode()
    secret = next(word for word in page.replace("<", " ").replace(">", " ").split() if word.startswith("hub_user_"))
    assert making.digest_of(secret) == ApiKey.objects.get().digest
    user = ApiUser.objects.get()
    assert user.addresses == ["203.0.113.5", "2001:db8::/32", "198.51.100.0/24"]
    again = browser.get(at(tree.e1, f"/users/{user.pk}")).content.decode()
    assert secret not in again
    assert "POST /api/contacts" in again


def test_the_last_day_of_an_api_user_is_one_of_the_accounts_clock(tree: Tree, browser: Client) -> None:
    type(tree.e1).objects.filter(pk=tree.e1.pk).update(time_zone="America/Los_Angeles")
    given = {"name": "Website", "addresses": "203.0.113.5", "ends_on": "2126-01-31", "endpoints": []}

    browser.post(at(tree.e1, "/users/add"), given)

    user = ApiUser.objects.get()
    assert user.ends_at == datetime(2126, 2, 1, 8, tzinfo=UTC)
    assert 'value="2126-01-31"' in browser.get(at(tree.e1, f"/users/{user.pk}")).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("addresses", "not an address"), ("addresses", "10.0.0.0/40"), ("endpoints", "endpoint.nothing"),
     ("endpoints", "billing.edit"), ("ends_on", "2020-01-01"), ("name", "")],
)  # fmt: skip
def test_what_cannot_be_granted_is_said_beside_its_field(tree: Tree, browser: Client, field: str, value: str) -> None:
    given = {"name": "Website", "addresses": "203.0.113.5", "endpoints": [], field: value}

    answer = browser.post(at(tree.e1, "/users/add"), given)

    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not ApiUser.objects.exists()


def test_a_new_secret_replaces_the_old_one_and_withdrawing_ends_it(tree: Tree, browser: Client) -> None:
    browser.post(at(tree.e1, "/users/add"), {"name": "Website", "addresses": "203.0.113.5"})
    user = ApiUser.objects.get()

    assert browser.post(at(tree.e1, f"/users/{user.pk}/secret"), {"grace": "0"}).status_code == 200
    assert ApiKey.objects.filter(api_user=user, ends_at=None).count() == 1

    browser.post(at(tree.e1, f"/users/{user.pk}/withdraw"))
    assert not ApiKey.objects.filter(api_user=user, ends_at=None).exists()
    assert browser.post(at(tree.e1, f"/users/{user.pk}/secret"), {"grace": "0"}).status_code == 400
    assert "Website" not in browser.get(at(tree.e1)).content.decode()


def test_another_accounts_api_user_does_not_exist(tree: Tree, browser: Client, enter: Any) -> None:
    browser.post(at(tree.e1, "/users/add"), {"name": "Website", "addresses": "203.0.113.5"})
    user = ApiUser.objects.get()
    stranger = enter(make_user(tree.e2, "owner"))

    for rest in ("", "/secret", "/withdraw"):
        assert stranger.post(at(tree.e2, f"/users/{user.pk}{rest}")).status_code == 404


def test_the_duplicate_check_is_a_switch(tree: Tree, browser: Client) -> None:
    from hub.users.keys import reads

    assert not reads.checks_duplicates(tree.e1)
    browser.post(at(tree.e1, "/duplicates"), {"on": "1"})
    assert reads.checks_duplicates(tree.e1)
    browser.post(at(tree.e1, "/duplicates"), {"on": "0"})
    assert not reads.checks_duplicates(tree.e1)
