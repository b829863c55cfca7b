"""Tokens of a guest's in steps of others: they are filled, and never in anybody's event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.core import AddOn, Done, Settings, Token, TokenSet
from hub.core.registry import Registry, Source, from_objects
from hub.dispatch.batch import dispatch
from hub.dispatch.guests import tokens
from hub.dispatch.guests.house import Guests
from hub.dispatch.guests.tokens import lodged
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import State
from hub.testing.ledger import MemoryLedger, Run
from tests.dispatch.rig import ADA


class Card(Settings):
    text: str = ""


class Street:
    """A house whose own step says what a guest's tokens say."""

    def __init__(self, fill: Callable[[], str]) -> None:
        self.filled_in = ""
        self.outside = Outside()
        registry = from_objects([self._house(), self._guest(fill)])
        assert not registry.troubles
        self.guests = Guests(lambda: self.outside, lambda name: self.registry.plugin(name))
        self.registry = lodged(_known(registry), self.guests)
        self.ledger = MemoryLedger(self.registry)
        self.runner = Runner(self.ledger, self.registry, self.outside)

    def _house(self) -> AddOn:
        addon = AddOn("card", title="Card")

        @addon.action("say", Card, title="Say")
        async def say(vendor: Any, step: Any, contact: Any) -> Done:
            return Done(note=step.text)

        return addon

    def _guest(self, fill: Callable[[], str]) -> AddOn:
        addon = AddOn("lark", title="Lark")

        def values(contact: Any, account: Any) -> dict[str, str]:
            self.filled_in = threading.current_thread().name
            return {"lark.song": fill()}

        addon.tokens(TokenSet((Token("lark.song", "Song", "la"),), values))
        return addon

    def say(self, text: str) -> Run:
        run = self.ledger.add("card.say", ADA, options={"text": text})
        dispatch([run.id], self.ledger, self.runner)
        return run

    def close(self) -> None:
        self.guests.close()
        self.outside.close()
        self.runner.close()


def _known(registry: Registry) -> Registry:
    lark = registry.plugins["lark"]
    return replace(
        registry,
        plugins={**registry.plugins, "lark": replace(lark, source=Source("lark", "hub-lark", "1", "hub_lark"))},
    )


@pytest.fixture
def street() -> Iterator[Callable[[Callable[[], str]], Street]]:
    made: list[Street] = []

    def make(fill: Callable[[], str]) -> Street:
        made.append(Street(fill))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_they_are_filled_in_a_thread_of_their_own(street: Callable[..., Street]) -> None:
    here = street(lambda: "tirili")

    run = here.say("It sings {{lark.song}}")

    assert (run.state, run.note) == (State.DONE, "It sings tirili")
    assert here.filled_in == "hub-guest-tokens"


def test_a_step_that_mentions_none_of_them_needs_no_thread(street: Callable[..., Street]) -> None:
    here = street(lambda: "tirili")
    here.say("to warm up")
    before = {thread.name for thread in threading.enumerate()}

    run = here.say("Dear {{client.firstName}}")

    assert run.note == "Dear Ada"
    assert {thread.name for thread in threading.enumerate()} <= before
    assert here.filled_in == ""


def test_one_that_never_fills_them_makes_that_step_wait_and_no_other(
    street: Callable[..., Street], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "PAGE_SECONDS", 0.1)
    let_go = threading.Event()
    here = street(lambda: str(let_go.wait(60)))

    began = time.monotonic()
    stuck, free = here.say("It sings {{lark.song}}"), here.say("Dear {{client.firstName}}")

    assert time.monotonic() - began < 30
    assert stuck.state is State.SCHEDULED
    assert "did not fill its tokens within" in stuck.sentence
    assert free.state is State.DONE
    let_go.set()


def test_only_so_many_threads_are_kept_waiting(street: Callable[..., Street], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PAGE_SECONDS", 0.02)
    let_go = threading.Event()
    here = street(lambda: str(let_go.wait(60)))

    others = set(threading.enumerate())

    runs = [here.say("It sings {{lark.song}}") for _ in range(10)]

    assert {run.state for run in runs} == {State.SCHEDULED}
    assert sum(thread.name == "hub-guest-tokens" for thread in set(threading.enumerate()) - others) == 8
    let_go.set()
    assert "has not yet answered others" in runs[-1].sentence
    let_go.set()


def test_tokens_that_fail_are_their_authors_to_mend(street: Callable[..., Street]) -> None:
    def fails() -> str:
        raise ValueError("no song today")

    run = street(fails).say("It sings {{lark.song}}")

    assert (run.state, run.code) == (State.REVIEW, "plugin")
