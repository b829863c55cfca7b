"""A vendor's people: asked for page after page, mapped, matched, stored, from the click to the last one. The vendor is inside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from bench import world
from bench.contenders.importing import FIRST, _most_mib
from bench.meter import Meter

PAGE = 1_000
"""People on a page."""


def run(units: int) -> None:
    """So many people; ``grown_mib`` is what the process grew by after the first ten thousand."""
    world.ready()
    from hub.addons import installed as host
    from hub.process import collecting

    collecting.settle()  # as every worker does
    meter, vendor = Meter(), _inside()
    with host.use(_registry()) as plugins, host.use_outside(vendor):
        account = _account(plugins)
        _import(account, vendor, "first", min(FIRST, units))
        small = _most_mib()
        with meter.running():
            done = _import(account, vendor, "many", units)
    if done.state != "done" or done.counts["created"] != units or done.counts["unmapped"]:
        raise SystemExit(f"the import ended as {done.state} with {done.counts}")
    meter.report(units, grown_mib=_most_mib() - small)


def _registry() -> Any:
    from hub.core import AddOn, Answer, HeaderKey, Page, Record, Secret, Settings, Vendor, registry

    class Keys(Settings):
        api_key: Secret

    class Person(Answer):
        id: str
        type: str
        first: str
        last: str
        email: str
        cell: str

    class Found(Answer):
        people: list[Person]
        next: str | None = None

    addon = AddOn("gym", title="Gym", base_url="https://gym.example", settings=Keys, auth=HeaderKey("X-Key", "api_key"))
    people = addon.get("/people", Found)

    @addon.options("types")
    async def types(vendor: Vendor) -> dict[str, str]:
        return {"guest": "Guest"}

    addon.mapping("sources", title="Types", left="types", right="lead_source")

    @addon.trigger("people", title="People")
    async def pull(vendor: Vendor, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
        while True:
            found = await vendor(people, at=cursor or "0")
            cursor = found.next
            yield Page(
                records=tuple(
                    Record(
                        external_id=one.id,
                        choice=one.type,
                        first_name=one.first,
                        last_name=one.last,
                        email=one.email,
                        phone_cell=one.cell,
                    )
                    for one in found.people
                ),
                cursor=cursor,
            )
            if cursor is None:
                return

    return registry.from_objects([addon])


def _inside() -> Any:
    """A way out that leads nowhere: the page is made in the process. ``who`` and ``people`` say whose import it is."""
    from urllib.parse import parse_qs, urlsplit

    from hub.core.egress import Egress
    from hub.dispatch.exchange import Answered
    from hub.dispatch.outside import Outside

    class Inside(Outside):
        who, people = "", 0

        async def exchange(self, endpoint: Any, request: Any, ready: Any, not_after: float) -> Any:
            at = int(parse_qs(urlsplit(ready.url).query)["at"][0])
            end = min(at + PAGE, self.people)
            some = [_person(self.who, n) for n in range(at, end)]
            answer = {"people": some, "next": str(end) if end < self.people else None}
            return Answered(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    return Inside(Egress())


def _person(who: str, n: int) -> dict[str, str]:
    number = 801_200_0000 + n + (who == "many") * 1_000_000
    return {
        "id": f"{who}{n}", "type": "guest", "first": f"Pat{n}", "last": "Doe", "email": f"{who}{n}@example.com",
        "cell": str(number),
    }  # fmt: skip


def _account(plugins: Any) -> Any:
    from django.db import transaction

    from hub.accounts import changes as accounts
    from hub.accounts.models import Account
    from hub.addons import catalog
    from hub.addons import changes as addons
    from hub.addons.mappings import changes as mappings
    from hub.audit.actor import SYSTEM
    from hub.contacts.models import LeadSource
    from hub.core.manifest import freeze

    catalog.sync(plugins)
    with transaction.atomic():
        account = accounts.create("Bench", by=SYSTEM, kind=Account.Kind.ENTERPRISE)
        addons.make_available(account, "gym", by=SYSTEM)
        addons.enable(account, "gym", by=SYSTEM)
        addons.save_settings(account, "gym", {"api_key": "bench-key-123456"}, by=SYSTEM)
        source = LeadSource.objects.create(account=account, name="Gym", key="gym")
        manifest = freeze(plugins.plugins["gym"])
        mappings.add(account, manifest, "gym.sources", "guest", str(source.pk), by=SYSTEM)
    return account


def _import(account: Any, vendor: Any, who: str, people: int) -> Any:
    """As the web and the workers do it, turn after turn."""
    from django.db import transaction

    from hub.audit.actor import SYSTEM
    from hub.imports.vendor import changes, pages
    from hub.imports.vendor.pulling import Walk

    def written(change: Any) -> Any:
        with transaction.atomic():
            return change()

    vendor.who, vendor.people = who, people
    row = written(lambda: changes.start(account, "gym", "gym.people", by=SYSTEM, everything=True))
    page: int | None = row.page
    while page is not None:
        turn = written(partial(pages.begin, row.pk, page))
        page = Walk(turn, written).go() if turn else None
    row.refresh_from_db()
    return row
