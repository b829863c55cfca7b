"""Done once, however often it is sent (P11)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db

LEE = {"last_name": "Lee", "if_known": "new"}


@pytest.fixture
def program(tree: Tree, keys_of: Callable[..., Program]) -> Program:
    return keys_of(tree.a, tree.e1)


def test_the_same_key_gets_the_first_answer_and_does_nothing(program: Program) -> None:
    first = program.post("/api/contacts", LEE, Idempotency_Key="one")
    second = program.post("/api/contacts", LEE, Idempotency_Key="one")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.headers.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert len(program.get("/api/contacts").json()["contacts"]) == 1


def test_the_same_key_with_something_else_is_refused(program: Program) -> None:
    program.post("/api/contacts", LEE, Idempotency_Key="one")

    answer = program.post("/api/contacts", {**LEE, "city": "Bern"}, Idempotency_Key="one")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.mismatch")


def test_two_accounts_may_choose_the_same_key(program: Program, tree: Tree, keys_of: Callable[..., Program]) -> None:
    program.post("/api/contacts", LEE, Idempotency_Key="one")

    other = keys_of(tree.b, tree.e1).post("/api/contacts", LEE, Idempotency_Key="one")

    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other.headers


def test_a_refused_call_keeps_nothing_and_may_be_sent_again(program: Program) -> None:
    refused = program.post("/api/contacts", {"email": "nonsense"}, Idempotency_Key="one")

    taken = program.post("/api/contacts", LEE, Idempotency_Key="one")

    assert (refused.status_code, taken.status_code) == (422, 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(program: Program, key: str) -> None:
    answer = program.post("/api/contacts", LEE, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key")


def test_answers_are_forgotten_after_seven_days(program: Program) -> None:
    from hub.api import idempotency
    from hub.db import clock

    program.post("/api/contacts", LEE, Idempotency_Key="one")

    assert idempotency.forget_old(clock.now() + timedelta(days=6, hours=23)) == 0
    assert idempotency.forget_old(clock.now() + timedelta(days=7, hours=1)) == 1
