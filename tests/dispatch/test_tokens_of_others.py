"""A text may hold the tokens of any loaded plugin, not only of the one that claims the step (R016)."""

from __future__ import annotations

import httpx

from hub.core import AddOn, Contact, Done, Settings, Token, TokenSet
from hub.core.addon import AddOn as Declared
from hub.core.facts import Account
from hub.core.outcomes import Outcome
from hub.core.registry import from_objects
from hub.core.vendor import Vendor
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.testing.ledger import MemoryLedger


class Say(Settings):
    text: str


def speaker() -> Declared:
    addon = AddOn("speaker", title="Speaker")

    @addon.action("say", Say, title="Say")
    async def say(vendor: Vendor, step: Say, contact: Contact) -> Outcome:
        return Done(note=step.text)

    return addon


def weather(asked: list[str]) -> Declared:
    addon = AddOn("weather", title="Weather")

    def today(contact: Contact, account: Account) -> dict[str, str]:
        asked.append(contact.id)
        return {"weather.today": "sunny"}

    addon.tokens(TokenSet((Token("weather.today", "Today's weather"),), today))
    return addon


def said(text: str, asked: list[str]) -> str:
    registry = from_objects([speaker(), weather(asked)])
    outside = Outside(make_transport=lambda egress: httpx.AsyncHTTPTransport())
    ledger = MemoryLedger(registry)
    run = ledger.add("speaker.say", Contact(id="1", first_name="Ada"), options={"text": text})
    try:
        dispatch([run.id], ledger, Runner(ledger, registry, outside))
    finally:
        outside.close()
    return run.note


def test_another_plugins_token_is_filled() -> None:
    assert said("Hi {{client.firstName}}, it is {{weather.today}}", []) == "Hi Ada, it is sunny"


def test_a_plugin_whose_tokens_are_not_used_is_not_asked() -> None:
    asked: list[str] = []

    assert said("Hi {{client.firstName}}", asked) == "Hi Ada"
    assert asked == []
