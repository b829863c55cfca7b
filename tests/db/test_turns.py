"""Long work on SQLite's one writer lets others write in between."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from hub.accounts.models import Account
from hub.db import dialect, turns
from tests.support.people import make_account

PORTIONS = 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_click_is_not_kept_waiting_for_all_of_a_long_work() -> None:
    """Portions of a twentieth of a second each, commit upon commit, and somebody who wants to write one row. How long that
    takes is told in portions: a machine that has other work is slower in both."""
    account = make_account("Northside")
    at_work, portions, waited = threading.Event(), list[None](), list[int]()

    def work() -> None:
        for _ in range(PORTIONS):
            if waited:
                break
            with transaction.atomic():
                Account.objects.filter(pk=account.pk).update(company="at work")
                portions.append(None)
                at_work.set()
                time.sleep(0.05)
            turns.give_way()
        connection.close()

    def click() -> None:
        assert at_work.wait(timeout=60)
        begun = len(portions)
        with transaction.atomic():
            Account.objects.filter(pk=account.pk).update(city="Provo")
        waited.append(len(portions) - begun)
        connection.close()

    threads = [threading.Thread(target=work), threading.Thread(target=click)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert waited[0] < PORTIONS / 2


@pytest.mark.django_db
def test_postgresql_has_many_writers_and_rests_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(turns.time, "sleep", rests.append)

    turns.give_way()

    assert rests == ([] if dialect.is_postgres() else [turns.REST_SECONDS])
