"""Whose mailbox it is. Only Graph says it; what was typed is compared and never believed."""

from __future__ import annotations

from hub.core import NeedsAdmin, Refused, Vendor
from hub_outlook import graph
from hub_outlook.refusals import in_our_words


async def whose(vendor: Vendor) -> str:
    """The connection test.

    Raises:
        Refused: another account signed in than the one of the typed address, or it may not be asked.
    """
    try:
        person = await vendor(graph.me, **{"$select": "id,mail,userPrincipalName,proxyAddresses"})
    except Refused as fault:
        raise in_our_words(fault) from fault
    typed = str(vendor.settings.address)
    if typed.casefold() not in {one.casefold() for one in person.addresses}:
        raise Refused(_another(typed, person.addresses[0] if person.addresses else "an account without an address"))
    return f"{typed}, sending and reading"


def _another(typed: str, signed_in: str) -> NeedsAdmin:
    return NeedsAdmin(
        f"At Microsoft {signed_in} is signed in, and the form says {typed}. Sign in with the account of {typed}, or type the "
        "other address.",
        field="address",
    )
