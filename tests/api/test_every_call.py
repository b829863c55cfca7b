"""Every call of both APIs, walked: strangers, programs without the grant and pages' people get no further than the door."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db

PLACEHOLDER = re.compile(r"[{<][^}>]*[}>]")


def calls() -> list[tuple[str, str, str]]:
    """Method, address and permission of each."""
    from hub.users import declare

    found = []
    for path, view in declare.routes():
        method, _space, address = path.rpartition(" ")
        if not address.startswith(("api/", "v2/api/")) or declare.permission_of(view) == declare.PUBLIC:
            continue
        found.append((method or "GET", "/" + PLACEHOLDER.sub("1", address), declare.permission_of(view) or ""))
    return found


def test_there_are_calls_of_both_and_each_names_an_endpoint() -> None:
    found = calls()

    assert len([path for _, path, _ in found if path.startswith("/api/")]) >= 20
    assert len([path for _, path, _ in found if path.startswith("/v2/api/")]) >= 13
    assert all(permission.startswith("endpoint.") for _, _, permission in found)


def test_strangers_get_no_further_than_the_door(tree: Tree) -> None:
    from tests.api.conftest import Program

    for method, path, _permission in calls():
        assert Program().call(method, path).status_code == 401, f"{method} {path}"


def test_a_program_without_the_grant_is_refused_whatever_it_calls(
    tree: Tree, api_user: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = api_user(tree.a)
    for method, path, _permission in calls():
        answer = program.call(method, path)
        assert answer.status_code == 403, f"{method} {path}"


def test_one_grant_opens_one_endpoint_and_no_other(
    tree: Tree, api_user: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = api_user(tree.a, "contacts.list")
    opened = {permission for method, path, permission in calls() if program.call(method, path, {}).status_code != 403}

    assert opened == {"endpoint.contacts.list"}


def test_a_person_signed_in_to_the_pages_is_a_stranger_here(tree: Tree, settings: Any) -> None:
    from django.test import Client

    from tests.support.people import PASSWORD, make_user

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    owner, browser = make_user(tree.a, "owner"), Client()
    assert browser.post("/sign-in", {"username": owner.username, "password": PASSWORD}).status_code == 302

    assert browser.get("/api/contacts").status_code == 401
    assert browser.get("/v2/api/read_client_list").status_code == 401


def test_a_secret_of_an_api_user_opens_no_page(tree: Tree, api_user: Callable[..., Program]) -> None:
    answer = api_user(tree.a, "contacts.list").get(f"/a/{tree.a.pk}/contacts")

    assert (answer.status_code, answer.url.startswith("/sign-in")) == (302, True)


def test_the_address_and_the_method_cannot_be_bent(tree: Tree, api_user: Callable[..., Program]) -> None:
    """The matched route decides, and nothing in the query, the headers or the spelling (R5)."""
    program = api_user(tree.a, "contacts.list")
    bent = [
        ("POST", "/api/contacts?_method=GET"), ("POST", "/api//contacts"), ("POST", "/api/contacts;x"),
        ("POST", "/api/./contacts"), ("POST", "/api/CONTACTS"), ("GET", "/api/contacts/1?/api/contacts"),
        ("GET", "/api/contacts/..%2fcontacts"), ("DELETE", "/api/contacts/1"),
    ]  # fmt: skip
    for method, path in bent:
        program.headers["X-HTTP-Method-Override"] = "GET"
        answer = program.call(method, path, {"last_name": "Lee"})
        assert answer.status_code in (403, 404, 405), f"{method} {path}: {answer.status_code}"
