"""What becomes of a change when something is wrong, and what the person is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from hub.accounts.models import Account
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pages_that_misbehave(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.web.base.door_urls"


@pytest.fixture
def owner(tree: Tree, enter):
    return enter(make_user(tree.a, "owner"))


def city(tree: Tree) -> str:
    return Account.objects.get(pk=tree.a.pk).city


def test_a_form_that_is_shown_again_keeps_nothing_of_what_it_wrote(tree: Tree, owner) -> None:
    assert owner.post(f"/a/{tree.a.pk}/errors").status_code == 422

    assert city(tree) == ""


def test_a_conflict_keeps_nothing_and_gives_back_what_was_typed(tree: Tree, owner) -> None:
    typed = {"text": "A long welcome <b>letter</b>", "api_key": "s3cret", "password": "hunter2"}

    answer = owner.post(f"/a/{tree.a.pk}/conflict", typed)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert city(tree) == ""
    assert "Somebody else changed this plan." in text
    assert "A long welcome &lt;b&gt;letter&lt;/b&gt;" in text
    assert "s3cret" not in text
    assert "hunter2" not in text


def test_what_a_view_forgot_to_catch_is_still_told_field_by_field(tree: Tree, owner) -> None:
    answer = owner.get(f"/a/{tree.a.pk}/invalid")

    assert answer.status_code == 422
    assert "A plan needs a name." in answer.content.decode()


def test_htmx_gets_a_toast_and_nothing_on_the_page_is_replaced(tree: Tree, owner) -> None:
    answer = owner.get(f"/a/{tree.a.pk}/invalid", headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    assert "A plan needs a name." in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_too_often_says_when_to_come_again(tree: Tree, owner) -> None:
    answer = owner.get(f"/a/{tree.a.pk}/throttled")

    assert (answer.status_code, answer["Retry-After"]) == (429, "30")


def test_our_own_mistake_shows_a_reference_and_nothing_else(tree: Tree, owner) -> None:
    owner.raise_request_exception = False

    answer = owner.get(f"/a/{tree.a.pk}/broken")

    text = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in text
    assert "hunter2" not in text


def test_a_misspelt_permission_is_our_mistake_and_hides_no_button(tree: Tree, owner) -> None:
    with pytest.raises(LookupError):
        owner.get(f"/a/{tree.a.pk}/misspelt")


def test_pages_behind_the_sign_in_are_kept_by_no_cache(tree: Tree, owner) -> None:
    assert "no-store" in owner.get(f"/a/{tree.a.pk}/")["Cache-Control"]


@pytest.mark.parametrize("page", ["/sign-in", "/invitation/made-up", "/reset/made-up", "/nowhere", "/health/ready"])
def test_nor_is_any_other_page_kept(db: None, page: str) -> None:
    assert "no-store" in Client().get(page)["Cache-Control"]
