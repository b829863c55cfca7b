"""The prospect types of a store, read live, and what an account maps them to."""

from __future__ import annotations

from hub.core import Refused, Vendor
from hub_clubready.declaration import addon
from hub_clubready.endpoints import of_store, prospect_types
from hub_clubready.refusals import better

addon.mapping(
    "lead_sources",
    title="Prospect types and lead sources",
    left="prospect_types",
    right="lead_source",
    kinds=("prospect",),
)
addon.mapping(
    "plans",
    title="Prospect types and action plans",
    left="prospect_types",
    right="plan",
    many=True,
    kinds=("prospect",),
)


@addon.options("prospect_types")
async def type_list(vendor: Vendor) -> dict[str, str]:
    """The store's prospect types by id. Where the list cannot be read, an id can be typed in."""
    try:
        return await read_types(vendor)
    except Refused as fault:
        raise better(fault) from fault


async def read_types(vendor: Vendor) -> dict[str, str]:
    """As the vendor gives them."""
    settings = vendor.settings
    answer = await vendor(prospect_types, store_id=settings.store_id, list=settings.prospect_types, **of_store(vendor))
    return {one.id: one.name or f"Prospect type {one.id}" for one in answer.types}
