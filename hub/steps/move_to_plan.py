"""Put the contact on another action plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Choice, Contact, Done, Settings, StartPlan, Vendor
from hub.steps.addon import addon


class Destination(Settings):
    """Which plan, and whether this one goes on."""

    plan: Annotated[str, Choice("plan")] = Field(title="Action plan")
    leave_current: bool = Field(
        default=True, title="End this plan", description="Switched off, the contact stays on this plan too."
    )


@addon.action("move_to_plan", Destination, title="Move to another plan", changes=[StartPlan], icon="route")
async def move_to_plan(vendor: Vendor, step: Destination, contact: Contact) -> Done:
    """Start the other plan; end this one where the step says so."""
    note = (
        "The contact moved to another plan." if step.leave_current else "The contact was put on another plan as well."
    )
    return Done(note, (StartPlan(plan=step.plan, leave_current=step.leave_current),))
