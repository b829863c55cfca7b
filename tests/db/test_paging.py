"""Cursors: every row once, whatever the order, and nothing from a stranger's."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.models import Account
from hub.audit.actor import SYSTEM
from hub.db import paging, scoping
from hub.db.errors import Invalid, NotFound
from hub.users import changes, reads
from tests.support.people import Tree, make_account, make_tree, make_user

pytestmark = pytest.mark.django_db


def walk(order: tuple[str, ...], size: int) -> list[Account]:
    seen, cursor = [], None
    for _ in range(50):
        page = paging.page(Account.objects.all(), cursor, size, order)
        seen += page.rows
        cursor = page.next
        if cursor is None:
            return seen
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    "order",
    [
        ("id",),
        ("-id",),
        ("name", "id"),
        ("kind", "name", "-id"),
        ("-name", "-id"),
        ("-name", "id"),
        ("created_at", "id"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_row_is_shown_once_and_in_order(order: tuple[str, ...], size: int) -> None:
    for name in "bbaac":
        make_account(name)

    assert walk(order, size) == list(Account.objects.order_by(*order))


@pytest.mark.parametrize("order", [("-id",), ("name", "id"), ("-name", "id"), ("kind", "name", "-id")])
def test_each_page_leads_back_to_the_one_before(order: tuple[str, ...]) -> None:
    for name in "bbaacdd":
        make_account(name)
    there = [paging.page(Account.objects.all(), None, 3, order)]
    while there[-1].next:
        there.append(paging.page(Account.objects.all(), there[-1].next, 3, order))

    back = [there[-1]]
    while back[-1].previous:
        back.append(paging.page(Account.objects.all(), back[-1].previous, 3, order))

    assert [one.rows for one in back] == [one.rows for one in reversed(there)]
    assert [one.next for one in back[1:]] == [one.next for one in reversed(there[:-1])]
    assert back[-1].previous is None


def test_going_back_to_a_page_that_rows_have_left_shows_the_beginning_of_the_list_in_full() -> None:
    rows = [make_account(name) for name in "abcdef"]
    second = paging.page(Account.objects.all(), paging.page(Account.objects.all(), None, 2, ("id",)).next, 2, ("id",))
    rows[0].delete()

    first = paging.page(Account.objects.all(), second.previous, 2, ("id",))

    assert first.rows == rows[1:3]
    assert first.previous is None


def test_a_row_added_meanwhile_does_not_show_another_one_twice() -> None:
    first = [make_account(name) for name in "abc"]
    page = paging.page(Account.objects.all(), None, 2, ("-id",))
    make_account("new")

    rest = paging.page(Account.objects.all(), page.next, 2, ("-id",))

    assert [*page.rows, *rest.rows] == first[::-1]


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "<", "<x", "<<", "%%%",
     "a" * 5_000, "ü", cursor_of({}), cursor_of([]), cursor_of([1, 2]), cursor_of([None]), cursor_of([{}]),
     cursor_of([[1]]), cursor_of(["x"]), cursor_of([10**40]), cursor_of([1e400]), cursor_of([True])],
)  # fmt: skip
def test_a_made_up_cursor_is_refused_or_finds_nothing_and_never_breaks(cursor: str) -> None:
    make_account()

    try:
        answer = paging.page(Account.objects.all(), cursor, 10, ("id",)).rows
    except Invalid as refused:
        answer = list(refused.fields)

    assert answer in ([], ["cursor"]) or answer == list(Account.objects.all())


@given(st.text(max_size=60))
def test_no_text_as_a_cursor_breaks(cursor: str) -> None:
    try:
        paging.decode(cursor, 2)
    except Invalid:
        return


@pytest.mark.parametrize("inside", [b"[" * 1_400, b'{"a":' * 280])
def test_brackets_within_brackets_are_no_cursor(inside: bytes) -> None:
    with pytest.raises(Invalid):
        paging.decode(base64.urlsafe_b64encode(inside).decode(), 1)


def test_a_page_is_never_longer_than_the_host_allows() -> None:
    assert paging.page(Account.objects.all(), None, 10**9).rows == []
    assert paging.page(Account.objects.all(), None, -5).rows == []


class TestScoping:
    @pytest.fixture
    def tree(self) -> Tree:
        return make_tree()

    def test_ones_own_row_is_found(self, tree: Tree) -> None:
        grant = reads.grants(make_user(tree.a)).get()

        assert scoping.get(type(grant).objects.all(), tree.a, grant.pk) == grant
        assert scoping.get(type(grant).objects.all(), tree.a.pk, str(grant.pk)) == grant

    @pytest.mark.parametrize(
        "pk", [0, -1, 10**30, "10" * 30, "x", "", None, "1; drop", "1.5", "²", "\x00", "\ud800", [], {}]
    )
    def test_what_is_not_there_is_not_found_whatever_was_asked(self, tree: Tree, pk: object) -> None:
        grants = type(reads.grants(make_user(tree.a)).get()).objects.all()

        with pytest.raises(NotFound):
            scoping.get(grants, tree.a, pk)

    def test_a_foreign_row_and_a_missing_one_get_the_same_answer(self, tree: Tree) -> None:
        foreign = changes.give(make_user(tree.a), tree.b, "sales", by=SYSTEM)
        grants = type(foreign).objects.all()

        with pytest.raises(NotFound) as not_ours:
            scoping.get(grants, tree.a, foreign.pk)
        with pytest.raises(NotFound) as missing:
            scoping.get(grants, tree.a, 999_999)

        assert not_ours.value.sentence == missing.value.sentence
