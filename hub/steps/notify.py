"""Tell a colleague in the hub."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Choice, Contact, Done, Help, Long, Notify, Settings, Vendor
from hub.steps.addon import addon


class Notification(Settings):
    """Whom, and what."""

    to: Annotated[
        str | None,
        Choice("user"),
        Help("Left empty, the contact's assigned user is told, or the account's owners where there is none."),
    ] = Field(default=None, title="Tell")
    text: Annotated[str, Long(3)] = Field(title="Message", min_length=1, max_length=1_000)


@addon.action("notify", Notification, title="Notify a user", changes=[Notify], icon="bell")
async def notify(vendor: Vendor, step: Notification, contact: Contact) -> Done:
    """Tell them."""
    return Done("A notification was sent.", (Notify(to=step.to or "assigned", text=step.text[:2_000]),))
