"""Do nothing, at a certain time: the step's timing is all there is to it."""

from __future__ import annotations

from hub.core import Contact, Done, Settings, Vendor
from hub.steps.addon import addon


class Wait(Settings):
    """Nothing to choose; how long is said by the step's timing."""


@addon.action(
    "wait",
    Wait,
    title="Wait",
    advice="The contact stays here for as long as the timing above says; then the next step follows.",
    icon="hourglass",
)
async def wait(vendor: Vendor, step: Wait, contact: Contact) -> Done:
    """The time has come."""
    return Done("The wait is over.")
