"""The kit's cases about sign-ins: green for an add-on that leaves tokens to the hub, red for those that do not."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from hub.core.errors import Refused
from hub.core.outcomes import Rejected, Sent
from hub.testing.kit import Kit
from hub.testing.proofs import oauth
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.proofs.shape import shape_of
from hub.testing.proofs.watch import Watch
from tests.support import harbour


def red(run: Any = None) -> list[str]:
    """The names of the cases that find something, with another function in the place of the action's where one is given."""
    planted = copy.copy(harbour.addon)
    if run is not None:
        planted._actions = {type_: replace(action, run=run) for type_, action in planted._actions.items()}
    with Bench(planted, simulation=harbour.simulation) as bench:
        with Watch():
            shapes = [shape_of(bench, action) for action in bench.plugin.actions]
            cases = list(oauth.cases(bench, shapes))
        assert len(cases) > 12
        return [case.name for case in cases if findings(case, bench)]


def test_an_add_on_that_leaves_tokens_to_the_hub_is_green() -> None:
    assert red() == []


def test_a_401_that_an_action_makes_something_else_of_is_a_401_all_the_same() -> None:
    """The hub believes the wire, so this costs nobody anything."""

    async def book(vendor: Any, step: Any, contact: Any) -> Any:
        try:
            return await _book(vendor, step, contact)
        except Refused:
            return Rejected("The harbour does not want this boat.")

    assert red(book) == []


def test_a_token_in_a_note_is_found() -> None:
    async def book(vendor: Any, step: Any, contact: Any) -> Any:
        sent = await _book(vendor, step, contact)
        return Sent(sent.reference, note=f"Booked with {vendor.settings.access_token.get_secret_value()}")

    assert "book: sign-in: a clean run" in red(book)


def test_a_token_kept_from_an_earlier_step_is_found() -> None:
    """It signs with the first token it ever saw."""
    kept: list[Any] = []

    async def book(vendor: Any, step: Any, contact: Any) -> Any:
        kept.append(vendor.settings)
        if vendor.settings.access_token != kept[0].access_token:
            return Rejected("The token has changed.")
        return await _book(vendor, step, contact)

    assert "book: sign-in: the token has ended" in red(book)


async def _book(vendor: Any, step: Any, contact: Any) -> Any:
    return await harbour.book_place(vendor, step, contact)


def test_in_a_test_of_ones_own_somebody_signs_in_and_time_passes() -> None:
    with Kit(harbour.addon) as hub:
        hub.sign_in()
        hub.clock.advance(hours=1)

        run = hub.rest(hub.run("harbour.book", days=2))

        assert run.state == "done"
        assert hub.vendor.authorization is not None
        assert hub.vendor.authorization.renewed == 1


def test_an_add_on_with_a_key_has_nothing_to_sign_in_to() -> None:
    from tests.core import postpigeon

    with Kit(postpigeon.addon) as hub, pytest.raises(ValueError, match="does not sign in"):
        hub.sign_in()
