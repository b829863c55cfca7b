"""Move the contact to a stage of the sales cycle."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Choice, Contact, Done, SetSalesCycle, Settings, Vendor
from hub.steps.addon import addon


class Stage(Settings):
    """Which stage."""

    sales_cycle: Annotated[str, Choice("sales_cycle")] = Field(title="Sales cycle")


@addon.action("set_sales_cycle", Stage, title="Set the sales cycle", changes=[SetSalesCycle], icon="milestone")
async def set_sales_cycle(vendor: Vendor, step: Stage, contact: Contact) -> Done:
    """Move."""
    return Done("The sales cycle was set.", (SetSalesCycle(sales_cycle=step.sales_cycle),))
