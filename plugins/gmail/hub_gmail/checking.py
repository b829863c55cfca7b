"""The connection test: whose mailbox it is, and what the sign-in allows.

A sign-in that may only send is not told whose mailbox it is. Google then refuses for lack of permission and not for the token,
which proves as much: the token holds. Whose it is the hub knows since the sign-in.
"""

from __future__ import annotations

from hub.core import NeedsAdmin, Refused, Vendor
from hub_gmail.endpoints import profile
from hub_gmail.refusals import better, lacks_permission


async def whose(vendor: Vendor) -> str:
    """The address, and what may be done with it."""
    address = str(vendor.settings.address)
    try:
        mine = await vendor(profile)
    except Refused as no:
        if lacks_permission(no):
            return f"{address}, sending only"
        raise better(no, vendor.now) from no
    if mine.emailAddress.casefold() != address.casefold():
        other = NeedsAdmin(
            f"Google says that this is the mailbox of {mine.emailAddress}. Type that address, or sign in with the other account.",
            field="address",
        )
        raise Refused(other)
    return f"{mine.emailAddress}, sending and reading"
