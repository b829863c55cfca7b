"""Give the contact to a user, or to nobody."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import AssignUser, Choice, Contact, Done, Help, Settings, Vendor
from hub.steps.addon import addon


class Assignment(Settings):
    """To whom."""

    user: Annotated[str | None, Choice("user"), Help("Left empty, the contact is assigned to nobody.")] = Field(
        default=None, title="Assign to"
    )


@addon.action("assign_user", Assignment, title="Assign a user", changes=[AssignUser], icon="user-round-check")
async def assign_user(vendor: Vendor, step: Assignment, contact: Contact) -> Done:
    """Assign."""
    note = "The contact was assigned to a user." if step.user else "The contact is assigned to nobody now."
    return Done(note, (AssignUser(user=step.user),))
