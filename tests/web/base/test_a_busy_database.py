"""A database that cannot take a request just now is no mistake of anybody's: 503, and when to come again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from hub.db import clock
from hub.users.models import Session
from hub.web.views.contacts import listing
from tests.support.people import PASSWORD, Tree, make_user

pytestmark = pytest.mark.django_db(transaction=True)  # what fails here must not break the test's own transaction


def test_a_locked_database_answers_busy_and_when_to_come_again(
    tree: Tree, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter(make_user(tree.a, "owner"))

    def locked(*args: Any, **more: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(listing.reads, "look", locked)
    answer = browser.get(f"/a/{tree.a.pk}/contacts")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Nothing was changed" in answer.content.decode()


@contextmanager
def taking_no_writes() -> Iterator[None]:
    """The database as somebody else's long write leaves it: whoever only reads is served."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def long_ago() -> None:
    """Every session was last seen some minutes ago, so that this request is to be noted."""
    Session.objects.update(seen_at=clock.real_now() - timedelta(minutes=5))


def test_while_nothing_can_be_written_pages_are_read(tree: Tree, enter: Any) -> None:
    browser = enter(make_user(tree.a, "owner"))
    make_user(tree.b, "owner")
    long_ago()

    with taking_no_writes():
        pages = [browser.get(f"/a/{tree.a.pk}/{page}").status_code for page in ("", "contacts", "plans", "runs")]
        nobody = Client().get("/sign-in").status_code

    assert (pages, nobody) == ([200, 200, 200, 200], 200)
    assert browser.get(f"/a/{tree.a.pk}/contacts").status_code == 200


def test_while_nothing_can_be_written_every_change_is_answered_busy(tree: Tree, enter: Any) -> None:
    owner, other = make_user(tree.a, "owner"), make_user(tree.a, "standard")
    browser = enter(owner)
    long_ago()
    changes = {
        f"/a/{tree.a.pk}/contacts/new": {"first_name": "Ada"},
        f"/a/{tree.a.pk}/contacts/act": {"act": "export", "all_matching": "1"},
        f"/a/{tree.a.pk}/settings/users/{other.pk}/log-in-as": {},
        "/sign-in": {"username": owner.username, "password": PASSWORD},
        "/sign-out": {},
    }

    with taking_no_writes():
        answers = {page: browser.post(page, data).status_code for page, data in changes.items()}

    assert answers == dict.fromkeys(changes, 503)


def test_what_a_session_was_to_remember_is_lost_and_the_page_is_shown(tree: Tree, enter: Any) -> None:
    browser = enter(make_user(tree.a, "owner", reach="subtree"))
    browser.get(f"/a/{tree.a.pk}/")

    with taking_no_writes():
        answer = browser.get(f"/a/{tree.a1.pk}/")

    assert answer.status_code == 200
