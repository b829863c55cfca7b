"""An add-on that calls and texts, for the tests of quiet hours. Nobody's telephone rings."""

from __future__ import annotations

from typing import Any

from hub.core.addon import AddOn
from hub.core.outcomes import Done
from hub.core.settings import Settings


class Said(Settings):
    text: str


def phone() -> AddOn:
    made = AddOn("phone", title="Phone", always_on=True)

    @made.action("call", Said, title="Call", channel="call")
    async def call(vendor: Any, step: Said, contact: Any) -> Done:
        return Done()

    @made.action("text", Said, title="Send a text", channel="sms")
    async def text(vendor: Any, step: Said, contact: Any) -> Done:
        return Done()

    return made
