"""Asking a vendor outside any step: only reads, one answer, and a person who is not kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hub.core import Broken, NeedsAdmin, Outcome, Refused, Rejected, VendorFault, Wait, once
from hub.dispatch.calls import ask
from hub.dispatch.live import DryRun
from hub.testing.ledger import START
from tests.dispatch.rig import KEY, NewCard, Rig, Vendor, answers, breaks

MakeRig = Callable[..., Rig]


def asked(rig: Rig, function: Any, seconds: float = 60.0, settings: dict[str, str] | None = None) -> Any:
    info = rig.registry.plugins["pigeon"].info
    return ask(rig.outside, info, {"api_key": KEY} if settings is None else settings, function, START, seconds)


def test_the_functions_value_comes_back(make_rig: MakeRig) -> None:
    rig = make_rig(once(), vendor=Vendor(lookups=[answers(200, json={"id": "ann"})]))

    async def who(vendor: Any) -> str:
        return str((await vendor(rig.me)).id)

    assert asked(rig, who) == "ann"
    assert rig.vendor.reads[0].headers["X-Key"] == KEY


@pytest.mark.parametrize(
    ("play", "outcome"),
    [
        (answers(401), NeedsAdmin),
        (answers(404), Rejected),
        (answers(503), Wait),
        (answers(429), Wait),
        (answers(200, content=b"<h1>"), Wait),
        (breaks(), Wait),
    ],
)
def test_a_vendors_no_comes_back_as_who_must_act(make_rig: MakeRig, play: Any, outcome: type[Outcome]) -> None:
    rig = make_rig(once(), vendor=Vendor(lookups=[play]))

    async def who(vendor: Any) -> str:
        return str(await vendor(rig.me))

    assert type(asked(rig, who)) is outcome


def test_a_write_is_stopped_and_shown(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    async def write(vendor: Any) -> Any:
        return await vendor(rig.mail, NewCard(greeting="Hi", ref=""))

    answer = asked(rig, write)

    assert isinstance(answer, DryRun)
    assert b"Hi" in answer.request.content
    assert KEY not in repr(answer)
    assert rig.vendor.writes == []


@pytest.mark.parametrize("trouble", [ValueError(f"bad {KEY}"), SystemExit(1), asyncio.CancelledError(), TimeoutError()])
def test_whatever_it_raises_is_the_authors_to_mend(make_rig: MakeRig, trouble: BaseException) -> None:
    async def fails(vendor: Any) -> str:
        raise trouble

    answer = asked(make_rig(once()), fails)

    assert isinstance(answer, Broken)
    assert KEY not in answer.reason + answer.detail


def test_a_fault_with_a_strange_outcome_is_the_authors_to_mend(make_rig: MakeRig) -> None:
    async def fails(vendor: Any) -> str:
        raise Refused("no")  # type: ignore[arg-type]

    with pytest.raises(AttributeError):
        VendorFault("no")  # type: ignore[arg-type]
    assert isinstance(asked(make_rig(once()), fails), Broken)


def test_a_person_waits_no_longer_than_said(make_rig: MakeRig) -> None:
    async def slow(vendor: Any) -> str:
        await asyncio.sleep(60)
        return ""

    assert asked(make_rig(once()), slow, seconds=0.05) == Wait("The vendor did not answer within 0.05 seconds.")


def test_settings_that_do_not_fit_are_for_the_admin(make_rig: MakeRig) -> None:
    async def never(vendor: Any) -> str:
        raise AssertionError

    assert isinstance(asked(make_rig(once()), never, settings={}), NeedsAdmin)


def test_a_check_of_settings_that_ends_the_process_ends_only_the_question(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(once())

    def leaves(*_: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr("hub.dispatch.binding.settings", leaves)

    answer = asked(rig, lambda vendor: None)

    assert isinstance(answer, Broken)
    assert "The check of the settings by Pigeon failed with SystemExit." in answer.sentence()
