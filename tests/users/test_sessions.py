"""Sessions end: idle, old, revoked, or because the person changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.test import RequestFactory

from hub.audit.actor import SYSTEM
from hub.db import clock
from hub.db.clock import VirtualClock
from hub.db.errors import NotFound
from hub.users import changes, reads, signin
from hub.users.models import Grant, Session, User
from hub.users.sessions import SessionStore
from hub.users.signin import SignedIn
from tests.support.people import PASSWORD, Tree, actor_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def time() -> Iterator[VirtualClock]:
    with clock.use(VirtualClock(datetime(2026, 11, 20, 8, tzinfo=UTC))) as moving:
        assert isinstance(moving, VirtualClock)
        yield moving


def sign_in(user: User, key: str | None = None) -> str:
    request = request_with(key)
    request.META["HTTP_USER_AGENT"] = "Firefox"
    signin.begin(request, SignedIn(user, must_change_password=False), "192.0.2.1")
    request.session.save()
    assert request.session.session_key
    return request.session.session_key


def request_with(key: str | None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore(key)
    return request


def who(key: str) -> object:
    return get_user(request_with(key))


def test_a_signed_in_browser_is_its_user_and_shows_where(tree: Tree) -> None:
    user = make_user(tree.a)

    key = sign_in(user)

    assert who(key) == user
    session = reads.sessions_of(user).get()
    assert (session.ip, session.browser) == ("192.0.2.1", "Firefox")


def test_a_session_that_was_planted_before_sign_in_is_worth_nothing_after(tree: Tree) -> None:
    planted = SessionStore()
    planted["basket"] = 1
    planted.save()

    key = sign_in(make_user(tree.a), planted.session_key)

    assert key != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_half_an_hour_idle_ends_it(tree: Tree, time: VirtualClock) -> None:
    user = make_user(tree.a)
    key = sign_in(user)

    time.advance(minutes=29)
    assert who(key) == user
    time.advance(minutes=29)
    assert who(key) == user
    time.advance(minutes=30)
    assert who(key) != user


def test_half_a_day_ends_it_however_busy(tree: Tree, time: VirtualClock) -> None:
    user = make_user(tree.a)
    key = sign_in(user)

    for _ in range(12 * 3 - 1):
        time.advance(minutes=20)
        assert who(key) == user
    time.advance(minutes=20)

    assert who(key) != user


def test_saving_a_session_does_not_make_it_younger(tree: Tree, time: VirtualClock) -> None:
    user = make_user(tree.a)
    key = sign_in(user)
    for _ in range(36):
        time.advance(minutes=20)
        store = SessionStore(key)
        store["seen"] = time.now().isoformat()
        if store.session_key == key:
            store.save()

    assert who(key) != user


def test_being_seen_is_written_once_a_minute(tree: Tree, time: VirtualClock, django_assert_num_queries) -> None:
    key = sign_in(make_user(tree.a))

    time.advance(seconds=59)
    with django_assert_num_queries(1):
        SessionStore(key).load()
    time.advance(seconds=2)
    with django_assert_num_queries(4):  # the read, the write, and a savepoint around it
        SessionStore(key).load()


@pytest.mark.parametrize("change", ["password", "role", "archived", "blocked", "signed out everywhere"])
def test_every_session_ends_when_the_person_changes(tree: Tree, change: str) -> None:
    user = make_user(tree.a)
    keys = [sign_in(user), sign_in(user)]
    asked_by = User.objects.get(pk=user.pk)

    match change:
        case "password":
            changes.set_password(asked_by, tree.a, "another good password", by=SYSTEM)
        case "role":
            changes.change_role(Grant.objects.get(user=user), template="sales", by=SYSTEM)
        case "archived":
            changes.archive(asked_by, tree.a, by=SYSTEM)
        case "blocked":
            changes.block(asked_by, tree.a, by=SYSTEM)
        case _:
            changes.end_sessions(asked_by, by=SYSTEM)

    assert [who(key) == user for key in keys] == [False, False]


@pytest.mark.parametrize("change", ["password", "role"])
def test_a_row_that_was_kept_would_not_help(tree: Tree, change: str) -> None:
    """Even if the session's row had stayed: its fingerprint no longer matches."""
    user = make_user(tree.a)
    key = sign_in(user)
    kept = Session.objects.get(session_key=key)
    if change == "password":
        changes.set_password(user, tree.a, "another good password", by=SYSTEM)
    else:
        changes.change_role(Grant.objects.get(user=user), template="sales", by=SYSTEM)

    kept.save(force_insert=True)

    assert who(key) != user


def test_one_session_is_ended_and_the_other_stays(tree: Tree) -> None:
    user = make_user(tree.a)
    here, there = sign_in(user), sign_in(user)

    changes.end_session(user, there, by=actor_of(user))

    assert who(here) == user
    assert who(there) != user


def test_nobody_ends_the_session_of_another(tree: Tree) -> None:
    user, other = make_user(tree.a), make_user(tree.a)
    key = sign_in(other)

    with pytest.raises(NotFound):
        changes.end_session(user, key, by=actor_of(user))

    assert who(key) == other


def test_the_hash_needs_the_password_nobody_signs_in_without(tree: Tree) -> None:
    make_user(tree.a, username="ann")

    assert not isinstance(signin.attempt("ann", PASSWORD + "x", "192.0.2.1", clock.real_now()), SignedIn)


def test_sessions_live_in_our_table() -> None:
    assert settings.SESSION_ENGINE == "hub.users.sessions"
