"""What is kept of a try is written down where the plugin's code runs, never in the ledger's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import field_serializer

from hub.core import AddOn, HeaderKey, Rejected, Secret, Settings
from hub.core.registry import from_objects
from hub.dispatch import story
from hub.dispatch.batch import dispatch
from hub.dispatch.ledger import Settlement
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.testing.ledger import MemoryLedger
from tests.dispatch.rig import ADA

seen: list[str] = []


class Odd(Settings):
    """A form that does something while it is written down."""

    api_key: Secret
    studio: str = ""

    @field_serializer("studio")
    def _studio(self, value: str) -> str:
        seen.append(threading.current_thread().name)
        if value == "broken":
            raise ValueError("it cannot be written down")
        return value


def carried_out(studio: str) -> Settlement:
    addon = AddOn("odd", title="Odd", base_url="https://odd.test", settings=Odd, auth=HeaderKey("X-Key", "api_key"))

    @addon.action("do", Settings, title="Do")
    async def do(vendor: Any, step: Any, contact: Any) -> Rejected:
        return Rejected("no")

    registry = from_objects([addon])
    ledger, outside, settled = MemoryLedger(registry), Outside(), list[Settlement]()
    settle: Callable[..., None] = ledger.settle
    ledger.settle = lambda all_: (settled.extend(all_), seen.append("settling"), settle(all_))[2]  # type: ignore[method-assign]
    runner = Runner(ledger, registry, outside)
    run = ledger.add("odd.do", ADA, settings={"api_key": "odd-key-7731", "studio": studio})
    dispatch([run.id], ledger, runner)
    outside.close()
    runner.close()
    return settled[0]


@pytest.fixture(autouse=True)
def forget() -> None:
    seen.clear()


def test_settings_are_spelt_out_in_the_loop_before_anything_is_settled() -> None:
    settlement = carried_out("s1")
    assert settlement.tried is not None

    told = story.of(settlement, settlement.tried)

    assert told["settings"]["studio"] == "s1"
    assert "odd-key-7731" not in str(told)
    assert seen == ["hub-outside", "settling"]


def test_settings_that_cannot_be_written_down_cost_the_trace_its_settings_and_no_more() -> None:
    settlement = carried_out("broken")
    assert settlement.tried is not None

    assert story.of(settlement, settlement.tried)["settings"] == {}
    assert settlement.move.to == "failed"
