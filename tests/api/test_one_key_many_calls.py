"""One key, many calls at the same time, and a process that dies in the middle: the effect happens exactly once (P11)."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LEE = {"last_name": "Lee", "if_known": "new", "tags": ["warm"]}
DEADLY_EVERY = 6
"""In the small figure the process dies before each sixth statement of the call; in the large one before each."""


@pytest.fixture
def program(transactional_db: None, keys_of: Callable[..., Program]) -> Program:
    from tests.support.people import make_account

    return keys_of(make_account("Acme"))


def made() -> int:
    from hub.contacts.models import Contact

    return Contact.objects.count()


def test_of_many_calls_with_one_key_one_does_it(program: Program, pytestconfig: pytest.Config) -> None:
    from django.db import connection

    many = 20 if pytestconfig.getoption("--faults") == "small" else 200

    def call(_: int) -> tuple[int, bytes]:
        try:
            answer = program.post("/api/contacts", LEE, Idempotency_Key="one")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(call, range(many)))

    assert made() == 1
    done = {content for status, content in answers if status == 201}
    assert len(done) == 1, "all who were answered got the same answer"
    assert {status for status, _ in answers} <= {201, 409, 503}  # who waited too long is told so


def test_a_process_that_dies_leaves_the_effect_with_its_key_or_neither(
    program: Program, pytestconfig: pytest.Config
) -> None:
    from hub.api.models import KeptAnswer

    step = DEADLY_EVERY if pytestconfig.getoption("--faults") == "small" else 1
    deaths = 0
    for statement in range(1, 200, step):
        before, key = made(), f"key-{statement}"

        survived = _die_before(statement, program, key)

        deaths += not survived
        assert made() - before == KeptAnswer.objects.filter(key=key).count() in (0, 1)
        again = program.post("/api/contacts", LEE, Idempotency_Key=key)
        assert again.status_code == 201
        assert made() - before == 1
        if survived:
            break
    assert deaths > 2
    assert survived


def _die_before(statement: int, program: Program, key: str) -> bool:
    """Make the call in a process of its own that kills itself before its n-th statement; whether it came to its end."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        _call_and_die(statement, program, key)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return os.WIFEXITED(status)


def _call_and_die(statement: int, program: Program, key: str) -> None:
    from django.db import connection

    left = statement

    def count(execute: Any, *given: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*given)

    with connection.execute_wrapper(count):
        program.post("/api/contacts", LEE, Idempotency_Key=key)
    os._exit(0)


def test_two_at_once_are_one_on_the_wire_of_the_former_system_too(program: Program) -> None:
    from django.db import connection
    from django.test import Client

    def call(_: int) -> str:
        try:
            answer = Client().post(
                "/v2/api/create_client", json.dumps({"firstName": "Ann", "lastName": "Lee"}),
                content_type="application/json", headers={**program.headers, "Idempotency-Key": "one"},
            )  # fmt: skip
            return answer.json()["ResultCode"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        results = set(threads.map(call, range(4)))

    assert made() == 1
    assert "CT_200" in results


def test_who_waits_too_long_for_the_first_call_is_told_so(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL names the key that is waited for; SQLite has one writer, and says only that it is busy."""
    from django.db import connection, transaction

    from hub.accounts.models import Account
    from hub.api import idempotency
    from hub.api.models import KeptAnswer
    from hub.db import clock, dialect

    monkeypatch.setattr(idempotency, "WAITS", "100ms")
    account = Account.objects.get()

    def call() -> tuple[int, str]:
        try:
            connection.ensure_connection()
            if not dialect.is_postgres():
                connection.connection.execute("PRAGMA busy_timeout = 100")
            answer = program.post("/api/contacts", LEE, Idempotency_Key="one")
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        # The first call is at work: its row is written and not committed.
        KeptAnswer.objects.create(
            account=account, principal=f"account:{account.pk}", key="one", digest="d", at=clock.now()
        )
        told = threads.submit(call).result()
        transaction.set_rollback(True)

    assert told == ((409, "idempotency.at_work") if dialect.is_postgres() else (503, "busy"))
    assert program.post("/api/contacts", LEE, Idempotency_Key="one").status_code == 201  # the first came to nothing
