"""With Redis away what a person asks for is taken, and goes on as soon as a worker looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed

from hub.contacts import actors as bulk_actors
from hub.contacts.bulk import changes as bulk_changes
from hub.contacts.bulk.models import BulkChange
from hub.contacts.models import Contact
from hub.db import clock
from hub.imports import actors
from hub.imports.models import Import
from hub.web.views.contacts import acting
from tests.web.contacts.test_bulk import ask
from tests.web.contacts.test_listing import known
from tests.web.imports.test_importing import at, chosen, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """Messages that were taken, and whether any are."""

    def __init__(self) -> None:
        self.away, self.taken = True, list[Any]()

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        if self.away:
            raise ConnectionClosed("Redis is away")
        self.taken.append(message)
        return message


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Redis:
    made = Redis()
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", made.enqueue)
    return made


def worker_looks(redis: Redis) -> None:
    """Redis is back; the ticker has the sweeps done, and what they ring for."""
    redis.away = False
    with clock.use(clock.VirtualClock(clock.now() + timedelta(minutes=3))):
        actors.sweep.fn()
        bulk_actors.sweep_bulk_changes.fn()
        for message in redis.taken:
            dramatiq.get_broker().get_actor(message.actor_name).fn(*message.args)


def test_an_import_is_checked_and_done_later(denver: Any, browser: Any, redis: Redis) -> None:
    row = uploaded(browser, denver)

    answer = browser.post(at(row, "/columns"), chosen(row))
    assert (answer.status_code, answer.url) == (302, at(row))
    assert browser.get(at(row)).status_code == 200
    assert Import.objects.get().state == "checking"

    worker_looks(redis)
    assert Import.objects.get().state == "checked"

    redis.away = True
    redis.taken.clear()
    assert browser.post(at(row, "/start")).status_code == 302
    worker_looks(redis)
    assert Import.objects.get().state == "done"
    assert Contact.objects.count() == 2


def test_a_bulk_change_is_taken_and_done_later(
    denver: Any, browser: Any, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "AT_ONCE", 1)
    monkeypatch.setattr(bulk_changes, "PORTION", 99)
    for name in ("Cleo", "Sam"):
        known(denver, name)

    answer = browser.post(f"/a/{denver.pk}/contacts/act", ask(browser, denver))
    row = BulkChange.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/a/{denver.pk}/contacts/changes/{row.pk}")

    worker_looks(redis)
    row.refresh_from_db()
    assert row.state == BulkChange.State.DONE
