"""The contact groups, read live; and the test of the key, which reads them too, for no call is known that only tests a key."""

from __future__ import annotations

from hub.core import NeedsAdmin, Refused, Vendor
from hub_mailbox_power.declaration import addon
from hub_mailbox_power.endpoints import groups

PACKAGE_WORDS = ("package", "plan", "integration", "upgrade", "subscription")
"""Words in a refusal that point to the package rather than to the key. The vendor's own wording is not known."""


@addon.check
async def key_works(vendor: Vendor) -> str:
    """How much the key sees; the vendor does not say whose it is."""
    try:
        found = await vendor(groups)
    except Refused as fault:
        raise better(fault) from fault
    return f"The key is accepted and sees {len(found)} contact group{'' if len(found) == 1 else 's'}."


@addon.options("groups")
async def group_list(vendor: Vendor) -> dict[str, str]:
    """The account's contact groups by id."""
    try:
        return {group.id: group.name for group in await vendor(groups)}
    except Refused as fault:
        raise better(fault) from fault


def better(fault: Refused) -> Refused:
    """The same refusal in words an admin can act on: is it the key, or what was paid for?"""
    if fault.status not in (401, 403):
        return fault
    said = fault.outcome.sentence().casefold()
    if fault.status == 403 or any(word in said for word in PACKAGE_WORDS):
        return Refused(PACKAGE_LACKS_INTEGRATIONS, fault.status)
    return Refused(WRONG_KEY, fault.status)


WRONG_KEY = NeedsAdmin(
    "Mailbox Power does not accept this API key. Generate a new one at Mailbox Power under Settings, Integrations, and paste it.",
    field="api_key",
)

PACKAGE_LACKS_INTEGRATIONS = NeedsAdmin(
    "Mailbox Power knows the key but does not let it in. Most likely the package does not include third-party integrations: "
    "ask Mailbox Power for one that does, then test again.",
    field="package",
)
