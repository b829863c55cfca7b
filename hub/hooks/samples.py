"""Three messages of a kind: the account's newest where there are some, and made-up ones of the same shape where not."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from hub.core import facts
from hub.db import clock
from hub.events import kinds
from hub.hooks import shapes
from hub.hooks.models import Message

NUMBER = 3
"""Zapier's editor shows three."""

_SPACE = UUID("0f3f9d2c-5f52-4b8e-8b53-4f0a5d0f7a10")
_PEOPLE = (("Ada", "Lovelace"), ("Grace", "Hopper"), ("Katherine", "Johnson"))


def of(account_id: int, kind: str) -> list[dict[str, Any]]:
    """What a subscriber of this kind will get. ``KeyError`` for a kind there is not."""
    wanted = kinds.KINDS[kind].name
    rows = Message.objects.filter(account=account_id, kind=wanted, sample=False).order_by("-at")
    real = [json.loads(body) for body in rows.values_list("body", flat=True)[:NUMBER]]
    return [*real, *made_up(wanted, clock.now(), account_id)][:NUMBER]


def made_up(kind: str, now: datetime, account_id: int) -> list[dict[str, Any]]:
    """Messages of people who never were."""
    return [json.loads(shapes.body(kind, now, _data(kind, n, now, account_id))) for n in range(NUMBER)]


def _data(kind: str, n: int, now: datetime, account_id: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": str(uuid5(_SPACE, f"{kind} {n}")),
        "account": {"id": str(account_id), "name": "Sample account"},
        "contact": shapes.contact(_person(n, now)),
    }
    if kind in (kinds.STEP_REACHED, kinds.STEP_DONE, kinds.PLAN_FINISHED):
        ended = shapes.moment(now) if kind == kinds.PLAN_FINISHED else None
        data["plan"] = {"id": "7", "name": "Welcome"}
        data["enrollment"] = {"id": str(40 + n), "started_at": shapes.moment(now), "ended_at": ended}
    if kind in (kinds.STEP_REACHED, kinds.STEP_DONE):
        data["step"] = {
            "id": str(uuid5(_SPACE, f"run {n}")), "name": "Send a card", "action_type": "postpigeon.mail_card",
            "addon": "postpigeon", "due_at": shapes.moment(now),
        }  # fmt: skip
    return data | _OWN.get(kind, {})


_OWN: dict[str, dict[str, Any]] = {
    kinds.CONTACT_CREATED: {"source": "Website"},
    kinds.CONTACT_UPDATED: {"fields": ["Company", "Tags"]},
    kinds.STEP_DONE: {"note": "Card 1042 is queued", "reference": "1042"},
    kinds.REPLY_RECEIVED: {"subject": "Re: Welcome"},
}


def _person(n: int, now: datetime) -> facts.Contact:
    first, last = _PEOPLE[n]
    return facts.Contact(
        id=str(1001 + n), first_name=first, last_name=last, email=f"{first.lower()}@example.com",
        phone_cell=f"+1801555010{n}", company="Example Engines", lead_source="Website", sales_cycle="New",
        address=facts.Address(line1="1 High St", city="Austin", state="TX", zip="78701", country="US"),
        assigned_user=facts.User(id="12", first_name="Sam", last_name="Sales", email="sam@example.com"),
        tags=("sample",), custom={"Member since": "2026"}, created=now,
    )  # fmt: skip
