"""The way in: a store's people become contacts.

The first import reads everybody, page by page. Later ones ask for those added since the one before, a day earlier to be on
the safe side of time zones. ClubReady's *changed since* is not attested, so somebody who became a client is seen again only
when everybody is read. Whoever comes twice is known by the id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from hub.core import Address, Page, Record, Refused, Vendor
from hub_clubready.answers import User
from hub_clubready.declaration import addon
from hub_clubready.endpoints import date_added, everyone, of_store, user
from hub_clubready.refusals import better

PAGE_SIZE = 100
"""People on a page. A page must be had within two minutes, and each whose name is not in the list costs a call of its own."""

MARGIN = timedelta(days=1)
"""Asked for again before the last import began: ClubReady speaks in days of its own time zone."""

FORMATS = {"YYYY-MM-DD": "%Y-%m-%d", "MM/DD/YYYY": "%m/%d/%Y"}


@addon.trigger("people", title="Prospects and clients", kinds={"prospect": "Prospects", "client": "Clients"})
async def pull_people(vendor: Vendor, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
    """Page by page, from where the last import stopped."""
    try:
        pages = _everyone(vendor, cursor) if since is None else _added(vendor, since, cursor)
        async for page in pages:
            yield page
    except Refused as fault:
        raise better(fault) from fault


async def _everyone(vendor: Vendor, cursor: str | None) -> AsyncIterator[Page]:
    """The cursor is the page's number. Only an empty page is the last: a store may show fewer at once than were asked for."""
    number, seen = int(cursor or 1), set[str]()
    while True:
        answer = await vendor(everyone, store_id=vendor.settings.store_id, PageSize=PAGE_SIZE, PageNumber=number,
                              FullDetail=True, **of_store(vendor))  # fmt: skip
        people = _once(answer.users)
        if people.keys() <= seen:  # empty; or ClubReady does not count pages and shows the same one again
            yield Page(records=())
            return
        seen, number = set(people), number + 1
        yield Page(records=tuple([record(await _known(vendor, one)) for one in people.values()]), cursor=str(number))


async def _added(vendor: Vendor, since: datetime, cursor: str | None) -> AsyncIterator[Page]:
    """One answer with all of them, cut by us. The cursor is the id of the last who was taken; ids grow with time."""
    asked = {"FromDate": since - MARGIN, "ToDate": vendor.now + MARGIN}
    form = FORMATS[vendor.settings.date_format]
    dates = {name: moment.strftime(form) for name, moment in asked.items()}
    answer = await vendor(date_added, FullDetail=True, **dates, **of_store(vendor))
    people = sorted(_once(answer.users).values(), key=lambda one: _age(one.user_id))
    left = [one for one in people if cursor is None or _age(one.user_id) > _age(cursor)]
    while left:
        now, left = left[:PAGE_SIZE], left[PAGE_SIZE:]
        records = tuple([record(await _known(vendor, one)) for one in now])
        yield Page(records=records, cursor=now[-1].user_id if left else None)


def _once(users: Iterable[User]) -> dict[str, User]:
    """Each by id; the last of several counts."""
    return {one.user_id: one for one in users}


def _age(user_id: str) -> tuple[int, str]:
    """For sorting: as a number where the id is one, as all that were seen are."""
    return (int(user_id), "") if user_id.isdecimal() else (0, user_id)


async def _known(vendor: Vendor, one: User) -> User:
    """In full: a list that shows nothing but ids and addresses has been seen, and then each is asked for."""
    if one.named:
        return one
    try:
        whole = await vendor(user, user_id=one.user_id, FullDetail=True, **of_store(vendor))
    except Refused as fault:
        if fault.status != 404:
            raise
        return one
    return one.model_copy(update={name: value for name, value in whole if name in User.model_fields and value})


def record(one: User) -> Record:
    """ClubReady's words in ours."""
    return Record(
        external_id=one.user_id,
        kind=kind(one),
        choice=one.prospect_type_id or one.prospect_type,
        choice_title=one.prospect_type if one.prospect_type_id else "",
        first_name=one.first_name,
        last_name=one.last_name,
        email=one.email,
        phone_cell=one.cell_phone,
        phone_home=one.phone,
        phone_work=one.work_phone,
        address=Address(line1=one.address, city=one.city, state=one.state, zip=one.zip),
    )


def kind(one: User) -> str:
    """``prospect``: not yet buying and without a membership, by ClubReady's own word; else ``client``."""
    if one.member:
        return "client"
    return "prospect" if one.prospect or (one.prospect is None and not one.membership) else "client"
