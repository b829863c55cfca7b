"""Locks: workers that are gone without a word, and those of whom nobody here can say whether they live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from hub.engine.identity import is_seen_from_here, life_of
from hub.engine.models import Worker
from hub.plans.models import StepRun
from hub.process import alone
from hub.process.checkup.finding import Finding, ok, warn

IN_HAND = (StepRun.State.CLAIMED, StepRun.State.CALLING)


def workers() -> Iterator[Finding]:
    """Rows without a goodbye whose lock is free."""
    silent = [(row, life_of(row)) for row in Worker.objects.filter(ended_at=None).order_by("no")]
    gone = [row for row, life in silent if not life.alive]
    for row in gone:
        held = StepRun.objects.filter(worker_no=row.no, state__in=IN_HAND).count()
        steps = f" and still has {held} steps" if held else ""
        if is_seen_from_here(row):
            yield warn(
                "lock", f"worker {row.no} (process {row.pid}) died without a word{steps}.",
                "see that a ticker runs: it takes back what the worker held, and closes its row.",
            )  # fmt: skip
        else:
            yield warn(
                "lock",
                f"worker {row.no} on {row.host} holds its lock no more{steps}; whether its process lives can only be seen there.",
                "look there. If it is dead, what it had sent is looked up, and asked of a person where that cannot be done.",
            )
    if not gone:
        yield ok("locks", "every worker that has not said goodbye holds its own.")


def folder() -> Iterator[Finding]:
    """The embedded hub's own lock: taken by a process that is not the one whose number it holds."""
    home = Path(settings.HUB_HOME)
    if not settings.HUB_EMBEDDED or not alone.is_running(home):
        return
    holder = alone.Lock(home).holder()
    if not holder.isdigit() or not Path(f"/proc/{holder}").exists():
        yield warn(
            "lock", f"{home} is locked, and not by a process of this machine (it says {holder or 'nothing'}).",
            "two hubs must not share a folder: see who else has mounted it.",
        )  # fmt: skip
    else:
        yield ok("lock", f"process {holder} runs on {home}.")
