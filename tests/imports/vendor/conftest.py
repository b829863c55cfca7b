"""Provo with the Gym switched on, and a bell that is rung by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from tests.imports.vendor import gym


@pytest.fixture
def desk() -> gym.Desk:
    """The gym's side."""
    return gym.Desk()


@pytest.fixture
def on(account: Any, desk: gym.Desk) -> Iterator[Any]:
    """The account with the Gym's key, in a process that has loaded it."""
    import httpx

    from hub.addons import catalog, changes, installed
    from hub.audit.actor import SYSTEM
    from hub.core.egress import Egress
    from hub.core.registry import from_objects
    from hub.dispatch.outside import Outside
    from hub.plans import loading

    loading.forget()
    outside = Outside(Egress(), make_transport=lambda _: httpx.MockTransport(desk.answer))
    with installed.use(from_objects({"gym": gym.addon, "desk": gym.notes})) as registry, installed.use_outside(outside):
        catalog.sync(registry)
        changes.make_available(account, "gym", by=SYSTEM)
        changes.enable(account, "gym", by=SYSTEM)
        changes.save_settings(account, "gym", {"api_key": "gym-key-000001"}, by=SYSTEM)
        yield account
    outside.close()
    loading.forget()


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put mappings in force."""
    from hub.imports.vendor import pages

    def use(**given: Any) -> None:
        monkeypatch.setattr(pages.reading, "of", lambda account_id, addon: gym.Tables(**given))

    use()
    return use


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The actors with messages in a list instead of a broker. ``bell.go()`` does what was rung for."""
    if dramatiq.broker.global_broker is None:
        dramatiq.set_broker(StubBroker())
    from hub.imports import actors

    class Bell:
        rung: list[tuple[int, int]] = []
        sweep = staticmethod(actors.sweep.fn)
        turn = staticmethod(actors.run_turn.fn)

        def go(self, row: Any = None, most: int = 1_000) -> Any:
            """Do turns until nobody rings."""
            self.rung += [(row.pk, row.page)] if row else []
            while self.rung and most > 0:
                self.turn(*self.rung.pop(0))
                most -= 1
            if row:
                row.refresh_from_db()
            return row

    made = Bell()
    made.rung = []
    monkeypatch.setattr(actors.run_turn, "send", lambda *ids: made.rung.append(ids))
    return made


@pytest.fixture
def start(on: Any, tables: Any, bell: Any) -> Callable[..., Any]:
    """Begin an import as the edge does, and carry it out."""
    from django.db import transaction

    from hub.imports.vendor import changes
    from tests.imports.journey import ANN

    def begin(go: bool = True, **how: Any) -> Any:
        with transaction.atomic():
            row = changes.start(on, "gym", gym.TRIGGER, by=how.pop("by", ANN), **how)
        return bell.go(row) if go else row

    return begin
