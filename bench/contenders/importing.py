"""A CSV of so many people: read, mapped, matched, stored; from the click to the last row."""

from __future__ import annotations

import resource
from collections.abc import Iterator

from bench import world
from bench.meter import Meter

HEAD = b"First name,Last name,Email,Cell,Lead source,Tags\n"
FIRST = 10_000
"""Rows after which the memory is noted; what it grows afterwards is due to the number of rows."""


def run(units: int) -> None:
    """So many rows; ``grown_mib`` is what the process grew by after the first ten thousand."""
    world.ready()
    from hub.imports.models import Import
    from hub.process import collecting

    collecting.settle()  # as every worker does
    meter, small = Meter(), _most_mib()
    with world.installed(world.answered_inside()):
        account = world.company(1).account
        _import(account, min(FIRST, units), "first")
        small = _most_mib()
        with meter.running():
            done = _import(account, units, "many")
    if done.state != Import.State.DONE or done.counts["created"] != units:
        raise SystemExit(f"the import ended as {done.state} with {done.counts}")
    meter.report(units, grown_mib=_most_mib() - small)


def _import(account: object, rows: int, who: str) -> object:
    """As the web and the workers do it, page after page."""
    from django.db import transaction

    from hub.audit.actor import SYSTEM
    from hub.imports import changes, pages

    with transaction.atomic():
        row = changes.receive(account, f"{who}.csv", _people(rows, who), by=SYSTEM)
        row = changes.start(account, row.pk, by=SYSTEM)
    page: int | None = row.page
    while page is not None:
        with transaction.atomic():
            pages.begin(row.pk, page)
        with transaction.atomic():
            page = pages.run(row.pk, page)
    row.refresh_from_db()
    return row


def _people(rows: int, who: str) -> Iterator[bytes]:
    yield HEAD
    for n in range(rows):
        yield f"Pat{n},Doe,{who}{n}@example.com,{801_200_0000 + n + (who == 'many') * 1_000_000},Web,new;fair\n".encode()


def _most_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
