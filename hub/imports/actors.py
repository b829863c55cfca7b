"""The bell of imports: one message does one page and rings for the next."""

from __future__ import annotations

import dramatiq
from django.db import transaction

from hub.db import clock, ringing, turns
from hub.imports import pages, reads
from hub.users.declare import job

PAGES_IN_A_ROW = 3
"""After so many, about half a second of writing, others get a turn."""


@dramatiq.actor(queue_name="imports", max_retries=0)
@job("system.import")
def run_page(import_id: int, page: int) -> None:
    """Do a page of an import. A failure is left to the sweep, which rings again when the lease has run out."""
    with transaction.atomic():
        wanted = pages.begin(import_id, page)
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
def sweep() -> None:
    """Ring again for imports whose worker or message is lost. The ticker sends this every ten seconds."""
    for import_id, page in reads.stuck(clock.now()):
        ringing.ring(run_page, import_id, page)


def ring(import_id: int, page: int) -> None:
    """Ring for a page when the transaction at hand is committed: what ``check``, ``start`` and ``resume`` are followed by."""
    ringing.after_commit(run_page, import_id, page)
