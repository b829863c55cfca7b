"""The webhook: Larkline tells us when a guest is at the door. The contact's history tells of it."""

from datetime import datetime
from typing import Literal

from hub.core import Answer, Event, HmacSha256

from hub_larkline.declaration import addon


class Arrived(Answer):
    """A delivery of the event ``guest.arrived``."""

    delivery_id: str
    type: Literal["guest.arrived"]
    guest: str
    event: str
    at: datetime


@addon.webhook(
    "guest.arrived",
    Arrived,
    verify=HmacSha256("X-Larkline-Signature", "webhook_secret", timestamp="X-Larkline-Time"),
    dedupe="delivery_id",
)
def guest_arrived(arrived: Arrived) -> Event:
    """Said once a guest and event; the contact is found by the id that the import has brought."""
    return addon.event("guest_arrived", reference=arrived.event, contact=arrived.guest, at=arrived.at.isoformat())
