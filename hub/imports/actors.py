"""The bell of imports: one message does one page of a file, or one turn at a vendor's list, and rings for the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import dramatiq
from django.db import transaction

from hub.db import clock, ringing, turns
from hub.imports import pages, reads, whose
from hub.imports.models import Import
from hub.imports.vendor import changes as vendor_changes
from hub.imports.vendor import pages as vendor_pages
from hub.imports.vendor import reads as vendor_reads
from hub.imports.vendor.pulling import Walk
from hub.users.declare import job

T = TypeVar("T")

PAGES_IN_A_ROW = 3
"""After so many, about half a second of writing, others get a turn."""


@dramatiq.actor(queue_name="imports", max_retries=0)
@job("system.import")
def run_page(import_id: int, page: int) -> None:
    """Do a page of a file. A failure is left to the sweep, which rings again when the lease has run out."""
    with transaction.atomic():
        wanted = pages.begin(import_id, page) and whose.may_go_on(import_id, page)
    if not wanted:
        return
    with transaction.atomic():
        following = pages.run(import_id, page)
    if following is not None:
        if following % PAGES_IN_A_ROW == 0:
            turns.give_way()
        ringing.ring(run_page, import_id, following)


@dramatiq.actor(queue_name="imports", max_retries=0)
@job("system.import")
def run_turn(import_id: int, page: int) -> None:
    """Ask a vendor for pages, for some seconds. No transaction is open while the vendor answers."""
    with transaction.atomic():
        turn = vendor_pages.begin(import_id, page)
        if turn is None or not whose.may_go_on(import_id, page):
            return
    following = Walk(turn, _written).go()
    if following is not None:
        ringing.ring(run_turn, import_id, following)


@dramatiq.actor(queue_name="imports", max_retries=0)
@job("system.import")
def sweep() -> None:
    """Ring again for imports whose worker or message is lost, or whose time has come; begin what the timetables ask for.

    The ticker sends this every ten seconds.
    """
    now = clock.now()
    for import_id, page in reads.stuck(now):
        ringing.ring(run_page, import_id, page)
    for import_id, page in reads.stuck(now, Import.Kind.VENDOR):
        ringing.ring(run_turn, import_id, page)
    for schedule_id in vendor_reads.due(now):
        begun = _written(partial(vendor_changes.begin_due, schedule_id))
        if begun is not None:
            ringing.ring(run_turn, begun.pk, begun.page)


def ring(import_id: int, page: int, kind: str = Import.Kind.CSV) -> None:
    """Ring for a page when the transaction at hand is committed: what ``check``, ``start`` and ``resume`` are followed by."""
    ringing.after_commit(run_turn if kind == Import.Kind.VENDOR else run_page, import_id, page)


def _written(change: Callable[[], T]) -> T:
    """Make a change in a transaction."""
    with transaction.atomic():
        return change()
