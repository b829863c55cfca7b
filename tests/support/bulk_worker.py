"""A worker of bulk changes in a process of its own, for tests that kill it.

``python -m tests.support.bulk_worker <bulk change> <slices>`` with the database in the environment: rings for the portion that is
next and lets Dramatiq carry it on until the change has ended, or ends itself by SIGKILL in the middle of the transaction when it
has come to so many slices: contacts are changed by then, and their notes are not written (0: it lives).
"""

from __future__ import annotations

import os
import signal
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")

LONGEST = 240.0
"""Seconds before it gives up: a test that never ends is a test that fails."""


def main(change_id: int, slices: int) -> None:
    """Work until the bulk change has ended."""
    import django

    django.setup()

    import dramatiq

    from hub.contacts import actors
    from hub.contacts.bulk.models import BulkChange

    if slices:
        _die_at(slices)
    row = BulkChange.objects.get(pk=change_id)
    worker = dramatiq.Worker(dramatiq.get_broker(), queues={actors.QUEUE}, worker_threads=2, worker_timeout=50)
    worker.start()
    actors.ring(row.pk, row.portion)
    end = time.monotonic() + LONGEST
    while row.state == BulkChange.State.RUNNING and time.monotonic() < end:
        time.sleep(0.02)
        row.refresh_from_db()
    worker.stop()


def _die_at(slices: int) -> None:
    from hub.contacts import many

    write, seen = many.add_many, []

    def die(*given: object) -> int:
        seen.append(1)
        if len(seen) == slices:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*given)  # type: ignore[arg-type]

    many.add_many = die  # type: ignore[assignment]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
