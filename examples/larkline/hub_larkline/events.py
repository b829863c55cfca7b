"""The lists that forms choose from: houses, events, kinds of ticket."""

from hub.core import Answer, Vendor

from hub_larkline.declaration import addon


class Named(Answer):
    """Whatever has an id and a name."""

    id: str
    name: str


class Event(Answer):
    """An event; only those to come are of use in a plan."""

    id: str
    name: str
    over: bool = False


houses = addon.get("/houses", list[Named])
events = addon.get("/events", list[Event])
kinds = addon.get("/ticket-kinds", list[Named])


@addon.options("houses")
async def house_list(vendor: Vendor) -> dict[str, str]:
    """For the account's form."""
    return {house.id: house.name for house in await vendor(houses)}


@addon.options("events")
async def event_list(vendor: Vendor) -> dict[str, str]:
    """For the step *Invite to an event*."""
    return {event.id: event.name for event in await vendor(events) if not event.over}


@addon.options("ticket_kinds")
async def kind_list(vendor: Vendor) -> dict[str, str]:
    """For the step *Send a ticket*, and the left side of the mapping."""
    return {kind.id: kind.name for kind in await vendor(kinds)}
