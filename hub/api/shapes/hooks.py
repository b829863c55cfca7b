"""Subscriptions as programs write and read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from hub.api.shapes.base import Incoming, Outgoing
from hub.events import kinds
from hub.hooks import reads
from hub.hooks.models import Endpoint

EventName = Literal[
    "contact.created", "contact.updated", "step.reached", "step.done", "reply.received", "plan.finished"
]
assert set(EventName.__args__) == set(kinds.KINDS)  # type: ignore[attr-defined]


class NewHook(Incoming):
    """A subscription to one event, as Zapier makes it."""

    event: EventName
    target_url: Annotated[str, Field(min_length=1, max_length=2_000, description="https and public.")]
    name: Annotated[str, Field(max_length=120)] = ""


class HookOut(Outgoing):
    """A subscription. The address itself is not shown: it may be a key."""

    id: int
    name: str
    events: list[str]
    host: str
    active: bool
    disabled_why: str
    made_at: datetime


class Hooks(Outgoing):
    """All of the account's, newest first."""

    hooks: list[HookOut]


class Message(Outgoing):
    """What a subscriber receives."""

    type: str
    timestamp: str
    data: dict[str, Any]


class Samples(Outgoing):
    """Three messages of an event."""

    samples: list[Message]


def out(row: Endpoint) -> HookOut:
    """As it is answered."""
    return HookOut(
        id=row.pk, name=row.name, events=reads.names(row), host=row.host, active=row.state == Endpoint.State.ACTIVE,
        disabled_why=row.disabled_why, made_at=row.made_at,
    )  # fmt: skip
