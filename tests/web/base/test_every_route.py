"""Every address of the hub, walked: it says which permission it needs, and strangers get no further than the door.

Who gets how far, with whose ids, is the matrix in `tests/isolation`.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern

from hub.users import declare
from tests.support.people import Tree, make_user
from tests.web.base.walking import PAGES, address

pytestmark = pytest.mark.django_db


def permission_of(entry: URLPattern) -> str:
    return declare.permission_of(entry.callback) or ""


def test_every_route_states_a_permission_that_exists() -> None:
    assert declare.undeclared_routes() == []
    assert declare.unknown(view for _path, view in declare.routes()) == []


def test_a_stranger_gets_no_further_than_the_door(tree: Tree) -> None:
    for path, entry in PAGES:
        if permission_of(entry) == declare.PUBLIC:
            continue
        for method in ("get", "post"):
            answer = getattr(Client(), method)(address(path, tree.a.pk))
            assert answer.status_code in (302, 401, 403, 404), f"{method} {path}: {answer.status_code}"
            assert answer.status_code != 302 or answer.url.startswith("/sign-in"), path


def test_what_is_public_never_breaks(db: None) -> None:
    for path, entry in PAGES:
        if permission_of(entry) == declare.PUBLIC:
            for method in ("get", "post"):
                answer = getattr(Client(), method)(address(path, 1))
                assert answer.status_code < 500 or path == "health/ready", f"{method} {path}"


def test_a_foreign_account_is_not_found_on_every_page(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))
    for path, _entry in PAGES:
        if "account_id" in path:
            for method in ("get", "post"):
                answer = getattr(browser, method)(address(path, tree.b.pk))
                assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"


def test_an_owner_meets_no_mistake_on_any_page(tree: Tree, enter) -> None:
    """Ids that exist nowhere, forms without a field: each is answered."""
    browser = enter(make_user(tree.a, "owner"))
    for path, entry in PAGES:
        if permission_of(entry) == declare.PUBLIC or path.startswith("sign-out"):
            continue
        for method in ("get", "post"):
            answer = getattr(browser, method)(address(path, tree.a.pk))
            assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
