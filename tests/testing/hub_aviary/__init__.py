"""An add-on with ways in: a pulled list in each manner of paging, and signed webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

from hub.core import AddOn, Answer, HeaderKey, HmacSha256, Page, Record, Secret, Settings


class Keys(Settings):
    api_key: Secret


class Bird(Answer):
    id: str
    name: str


class Flock(Answer):
    birds: list[Bird]
    next_cursor: str | None = None


class Hatched(Answer):
    event_id: str
    type: Literal["bird.hatched"]
    bird: Bird


class Flown(Answer):
    event_id: int
    type: Literal["bird.flown"]
    name: str = ""


addon = AddOn(
    "aviary", title="Aviary", base_url="https://aviary.example", settings=Keys, auth=HeaderKey("X-Key", "api_key")
)
birds = addon.get("/birds", list[Bird])
flock = addon.get("/flock", Flock)


@addon.check
async def whose(vendor: Any) -> str:
    return f"{len(await vendor(birds))} birds"


@addon.trigger("numbered", title="By page number")
async def numbered(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    """One page after the other until one is not full."""
    number = int(cursor or 1)
    while True:
        found = await vendor(birds, page=number, per_page=2)
        number += 1
        yield Page(records=records(found), cursor=str(number) if len(found) == 2 else None)
        if len(found) < 2:
            return


@addon.trigger("pointed", title="By pointer, one page a call")
async def pointed(vendor: Any, since: Any, cursor: str | None) -> AsyncIterator[Page]:
    """The hub asks again from the cursor."""
    found = await vendor(flock, cursor=cursor)
    yield Page(records=records(found.birds), cursor=found.next_cursor)


def records(found: list[Bird]) -> tuple[Record, ...]:
    """The vendor's rows in our shape."""
    return tuple(Record(external_id=bird.id, first_name=bird.name) for bird in found)


@addon.webhook("bird.hatched", Hatched, verify=HmacSha256("X-Signature", "api_key", "X-Time"), dedupe="event_id")
def hatched(event: Hatched) -> Any:
    return Record(external_id=event.bird.id, first_name=event.bird.name)


@addon.webhook("bird.flown", Flown, verify=HmacSha256("X-Signature", "api_key", "X-Time", "base64"), dedupe="event_id")
def flown(event: Flown) -> Any:
    return [addon.event("flown", reference=event.name)]
