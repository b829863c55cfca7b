"""Signing in and out, as a browser sees it."""

from __future__ import annotations

import pytest
from django.test import Client

from hub.users import changes
from tests.support.people import PASSWORD, Tree, actor_of, make_user

pytestmark = pytest.mark.django_db


def sign_in(browser: Client, username: str, password: str = PASSWORD, **more: str):
    return browser.post("/sign-in", {"username": username, "password": password, **more})


def test_the_right_password_leads_to_the_only_account(tree: Tree, client: Client) -> None:
    user = make_user(tree.a, "owner")

    answer = client.get(sign_in(client, user.username).url)

    assert answer.status_code == 302
    assert answer.url == f"/a/{tree.a.pk}/"
    assert client.get(answer.url).status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(tree: Tree, client: Client) -> None:
    user = make_user(tree.a, "owner")

    wrong, unknown = sign_in(client, user.username, "not this one"), sign_in(client, "nobody", "not this one")

    assert wrong.status_code == unknown.status_code == 401
    for answer in (wrong, unknown):
        assert "The user name or the password is not right." in answer.content.decode()


def test_guessing_is_slowed_down_and_told_how_long(tree: Tree, client: Client) -> None:
    user = make_user(tree.a, "owner")
    for _ in range(6):
        answer = sign_in(client, user.username, "guess")

    answer = sign_in(client, user.username)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert "Too many tries" in answer.content.decode()


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_nobody_is_sent_out_of_the_hub_after_signing_in(tree: Tree, client: Client, next_page: str) -> None:
    user = make_user(tree.a, "owner")

    assert sign_in(client, user.username, next=next_page).url == "/"


def test_a_page_asked_for_before_is_found_again_afterwards(tree: Tree, client: Client) -> None:
    user = make_user(tree.a, "owner")
    wanted = f"/a/{tree.a.pk}/notifications"

    sent = client.get(wanted)
    assert sent.url == f"/sign-in?next=/a/{tree.a.pk}/notifications".replace("/a/", "%2Fa%2F").replace(
        "/notifications", "%2Fnotifications"
    )

    assert sign_in(client, user.username, next=wanted).url == wanted


def test_a_password_somebody_else_set_must_be_changed_first(tree: Tree, client: Client) -> None:
    owner, user = make_user(tree.a, "owner"), make_user(tree.a)
    changes.set_password(user, tree.a, "given by the owner", by=actor_of(owner))

    assert sign_in(client, user.username, "given by the owner").url == "/password"
    assert client.get(f"/a/{tree.a.pk}/").url == "/password"

    typed = {"current": "given by the owner", "password": "only mine now 7", "repeated": "only mine now 7"}
    assert client.post("/password", typed).url == "/"
    assert client.get(f"/a/{tree.a.pk}/").status_code == 200


def test_a_wrong_current_password_stands_beside_its_field(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a))

    answer = browser.post("/password", {"current": "wrong", "password": "a new one 77", "repeated": "a new one 77"})

    assert answer.status_code == 422
    assert "This is not your current password." in answer.content.decode()


def test_signing_out_needs_a_post_and_ends_the_session(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    browser.get("/sign-out")
    assert browser.get(f"/a/{tree.a.pk}/").status_code == 200

    browser.post("/sign-out")
    assert browser.get(f"/a/{tree.a.pk}/").url.startswith("/sign-in")


def test_an_invitation_is_accepted_once(tree: Tree, client: Client) -> None:
    from hub.users import links
    from hub.users.models import User

    owner = make_user(tree.a, "owner")
    user = changes.create({"username": "ada"}, tree.a, "standard", by=actor_of(owner))
    address = f"/invitation/{links.make(user, 'invitation')}"
    assert "ada" in client.get(address).content.decode()

    assert client.post(address, {"password": "analytical 1", "repeated": "analytical 1"}).url == "/sign-in"

    assert User.objects.get(pk=user.pk).state == "active"
    assert client.get(address).status_code == 400
    assert sign_in(client, "ada", "analytical 1").status_code == 302


@pytest.mark.parametrize(
    "typed", [{}, {"username": ""}, {"username": "a\x00b", "password": "x"}, {"password": "x" * 9000}]
)
def test_whatever_is_typed_is_answered(db: None, client: Client, typed: dict[str, str]) -> None:
    assert client.post("/sign-in", typed).status_code in (400, 401, 422)


def test_a_form_without_its_token_is_refused_in_words(tree: Tree) -> None:
    user = make_user(tree.a, "owner")
    browser = Client(enforce_csrf_checks=True)

    answer = sign_in(browser, user.username)

    assert answer.status_code == 403
    assert "could not be sure that this form came from you" in answer.content.decode()


def test_a_german_browser_is_not_answered_half_in_german(client: Client) -> None:
    answer = client.get("/sign-in", headers={"accept-language": "de"})

    assert answer["Content-Language"] == "en"
