"""Each of the seven hooks, written out by hand and kept as it was answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from hub.core import (
    Action,
    AddOnInfo,
    Done,
    Event,
    HmacSha256,
    Mailer,
    Mapping,
    NoAuth,
    Page,
    Settings,
    Token,
    TokenSet,
    Trigger,
    Webhook,
    hookimpl,
)
from hub.core.manifest import freeze
from hub.core.registry import from_objects


async def wave(vendor: Any, step: Any, contact: Any) -> Done:
    return Done("waved")


async def pull(vendor: Any, since: Any, cursor: Any) -> AsyncIterator[Page]:
    yield Page(records=())


async def send(vendor: Any, message: Any) -> Done:
    return Done()


class Waved(BaseModel):
    event_id: str


INFO = AddOnInfo("hand", "Hand")
ACTION = Action("hand.wave", "Wave", Settings, wave)
TRIGGER = Trigger("hand.wavers", "Wavers", pull)
WEBHOOK = Webhook("waved", Waved, lambda payload: Event("hand.waved"), HmacSha256("X-Sig", "secret"), "event_id")
MAPPING = Mapping("hand.wavers", "Wavers", left="wavers", right="lead_source")
MAILER = Mailer("hand.mailer", "By hand", send)
TOKENS = TokenSet((Token("hand.colour", "Colour"),), lambda contact, account: {"hand.colour": "red"})

ANSWERS: dict[str, Any] = {
    "hub_addon": INFO, "hub_actions": [ACTION], "hub_triggers": [TRIGGER, WEBHOOK], "hub_mappings": [MAPPING],
    "hub_auth": [NoAuth()], "hub_mailers": [MAILER], "hub_tokens": [TOKENS],
}  # fmt: skip


def by_hand(**answers: Any) -> ModuleType:
    made = ModuleType("hand")
    for name, answer in answers.items():
        setattr(made, name, hookimpl(lambda answer=answer: answer))
    return made


@pytest.fixture
def plugin() -> Any:
    registry = from_objects({"hand": by_hand(**ANSWERS)})
    assert registry.troubles == ()
    return registry.plugins["hand"]


def test_every_hook_s_answer_is_kept(plugin: Any) -> None:
    assert plugin.info == replace(INFO, mailers=(MAILER,))
    assert [action.type for action in plugin.actions] == ["hand.wave", "hand.mailer"]
    assert plugin.ways_in == (TRIGGER, WEBHOOK)
    assert plugin.mappings == (MAPPING,)
    assert plugin.auths == (NoAuth(),)
    assert plugin.mailers == (MAILER,)
    assert plugin.tokens == (TOKENS,)


def test_every_hook_s_answer_is_in_the_manifest(plugin: Any) -> None:
    frozen = freeze(plugin)

    assert [action.type for action in frozen.actions] == ["hand.wave", "hand.mailer"]
    assert ([trigger.name for trigger in frozen.triggers], frozen.webhooks) == (["hand.wavers"], ("waved",))
    assert [mapping.name for mapping in frozen.mappings] == ["hand.wavers"]
    assert (frozen.mailers, frozen.tokens, frozen.credential) == (("hand.mailer",), ("hand.colour",), "NoAuth")


@pytest.mark.parametrize("hook", [name for name in ANSWERS if name != "hub_addon"])
def test_a_plugin_without_a_hook_simply_contributes_nothing_there(hook: str) -> None:
    without = {name: answer for name, answer in ANSWERS.items() if name != hook}

    assert from_objects({"hand": by_hand(**without)}).troubles == ()
