"""The connection test: tells a wrong key, a wrong store and a key that may too little apart.

ClubReady answers ``Unauthorized`` both to a key that it does not know and to a call that a key may not make. So three calls
are tried: where all are refused it is the key, where only some are it is what the key may do. Creating a prospect cannot be
tried without creating one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hub.core import NeedsAdmin, Refused, Vendor
from hub_clubready.declaration import addon
from hub_clubready.endpoints import everyone, find, of_store
from hub_clubready.refusals import TOO_NARROW, WRONG_KEY, WRONG_STORE, about_key, about_store
from hub_clubready.types import read_types

NOBODY = "nobody@hub.invalid"
"""An address that no store knows."""


async def _find(vendor: Vendor) -> str:
    await vendor(find, Email=NOBODY, Page=1, **of_store(vendor))
    return "find people"


async def _everyone(vendor: Vendor) -> str:
    await vendor(everyone, store_id=vendor.settings.store_id, PageSize=1, PageNumber=1, **of_store(vendor))
    return "list people"


async def _types(vendor: Vendor) -> str:
    try:
        found = await read_types(vendor)
    except Refused as fault:
        if fault.status != 404:
            raise
        return "not read prospect types, whose address is assumed (type them in by their ids)"
    return f"read {len(found)} prospect type{'' if len(found) == 1 else 's'}"


TRIALS: dict[str, Callable[[Vendor], Awaitable[str]]] = {
    "find people": _find,
    "list people": _everyone,
    "read prospect types": _types,
}


@addon.check
async def key_works(vendor: Vendor) -> str:
    """What the key may do at the store; ClubReady does not say whose it is."""
    allowed: list[str] = []
    refused: dict[str, Refused] = {}
    for what, trial in TRIALS.items():
        try:
            allowed.append(await trial(vendor))
        except Refused as fault:
            # The addresses are attested, so what is not there is the store.
            if about_store(fault) or fault.status == 404:
                raise Refused(WRONG_STORE, fault.status) from fault
            if not about_key(fault):
                raise
            refused[what] = fault
    if refused:
        raise _diagnosis(allowed, refused)
    return f"The key is accepted for store {vendor.settings.store_id}. It may {_listed(allowed)}."


def _diagnosis(allowed: list[str], refused: dict[str, Refused]) -> Refused:
    first = next(iter(refused.values()))
    if not allowed:
        return Refused(TOO_NARROW if first.status == 403 else WRONG_KEY, first.status)
    reason = (
        f"ClubReady knows the API key, but does not let it {_listed(list(refused))}. Ask ClubReady's support to widen what the "
        "key may do, then test again."
    )
    return Refused(NeedsAdmin(reason, field="api_key"), first.status)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
