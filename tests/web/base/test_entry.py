"""The door of every page: who gets in, and what the others are told."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


def shown(answer) -> str:
    """The page without what is new on every request: the token and the reference."""
    text = re.sub(r"[0-9a-zA-Z]{64}", "", answer.content.decode())
    return text.replace(answer["X-Request-Id"], "")


def test_a_foreign_account_answers_like_a_missing_one(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    foreign, missing = browser.get(f"/a/{tree.b.pk}/"), browser.get("/a/999999/")

    assert foreign.status_code == missing.status_code == 404
    assert shown(foreign) == shown(missing)


def test_a_foreign_account_that_is_locked_tells_nothing_either(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))
    accounts.lock_login(tree.e2, by=SYSTEM)

    assert browser.get(f"/a/{tree.e2.pk}/").status_code == 404


def test_an_account_from_above_is_entered_with_a_grant_that_reaches_down(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "admin", reach="subtree"))

    answer = browser.get(f"/a/{tree.a1.pk}/")

    assert answer.status_code == 200
    assert "E1 › A" in answer.content.decode()


def test_from_an_account_that_was_locked_meanwhile_the_start_leads_to_the_others(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "admin", reach="subtree"))
    browser.get(f"/a/{tree.a.pk}/")
    accounts.lock_login(tree.a, by=SYSTEM)

    assert browser.get("/").url == "/accounts"


def test_a_locked_account_says_who_can_open_it(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))
    accounts.lock_login(tree.a, by=SYSTEM)

    answer = browser.get(f"/a/{tree.a.pk}/")

    assert answer.status_code == 403
    assert "A is locked." in answer.content.decode()
    assert "Only an operator can unlock it" in answer.content.decode()


def test_several_accounts_are_offered_and_the_last_one_is_kept(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "admin", reach="subtree"))
    assert browser.get("/").url == "/accounts"
    assert f"/a/{tree.a1.pk}/" in browser.get("/accounts").content.decode()

    browser.get(f"/a/{tree.b.pk}/")

    assert browser.get("/").url == f"/a/{tree.b.pk}/"


def test_the_switcher_searches_within_reach_only(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "admin", reach="subtree"))
    address = f"/a/{tree.a.pk}/accounts"

    found = browser.get(address, {"q": "e"}, headers={"HX-Request": "true"}).content.decode()
    plain = browser.get(address, {"q": "e"}, follow=True).content.decode()

    assert "E1" in found
    assert "E2" not in found
    assert "<html" not in found
    assert "Choose an account" in plain  # where no script swaps the part in
    assert "E1" in plain


def test_somebody_without_pages_is_told_so_and_not_sent_in_circles(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "affiliate"))

    answer = browser.get(f"/a/{tree.a.pk}/")

    assert answer.status_code == 403
    assert "no pages have been granted" in answer.content.decode()


def test_somebody_without_any_account_is_told_so(tree: Tree, enter) -> None:
    from hub.users.models import Grant

    user = make_user(tree.a)
    browser = enter(user)
    Grant.objects.filter(user=user).delete()

    assert browser.get("/").status_code == 403


def test_a_blocked_user_is_nobody_from_the_next_request_on(tree: Tree, enter) -> None:
    from hub.users import changes

    user = make_user(tree.a)
    browser = enter(user)

    changes.block(user, tree.a, by=SYSTEM)

    assert browser.get(f"/a/{tree.a.pk}/").url.startswith("/sign-in")


def test_htmx_is_sent_to_the_sign_in_as_a_whole_page(tree: Tree, client: Client) -> None:
    answer = client.get(f"/a/{tree.a.pk}/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == "/sign-in"


def test_htmx_is_told_a_problem_as_a_toast(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    answer = browser.get(f"/a/{tree.b.pk}/", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert "There is no such page" in answer["HX-Trigger"]


@pytest.mark.parametrize("address", ["/nothing", "/a/x/", "/a/-1/", "/a/" + "9" * 30 + "/", "/a/" + "9" * 5000 + "/"])
def test_an_address_that_leads_nowhere_is_a_plain_404(
    db: None, client: Client, enter, tree: Tree, address: str
) -> None:
    browser = enter(make_user(tree.a, "owner"))

    assert browser.get(address).status_code == 404


def test_nul_in_an_address_is_a_bad_request(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.e1, "admin", reach="subtree"))

    assert browser.get(f"/a/{tree.a.pk}/accounts?q=%00").status_code == 400


def test_too_much_at_once_is_413(db: None, client: Client, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert client.post("/sign-in", {"username": "x" * 100}).status_code == 413
    assert client.post("/sign-in", b"", content_type="text/plain", CONTENT_LENGTH=str(10**12)).status_code == 413


def test_other_methods_are_refused(tree: Tree, enter) -> None:
    assert enter(make_user(tree.a, "owner")).put(f"/a/{tree.a.pk}/").status_code == 405
