"""The workers, and what waits for them or for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hub.db import clock
from hub.engine.identity import life_of
from hub.engine.models import Worker
from hub.plans.models import StepRun
from hub.process.checkup.finding import ADMIN, Finding, bad, ok, warn
from hub.users.models import User

SILENT = timedelta(seconds=60)
"""A living worker says so every five seconds."""

OVERDUE = timedelta(seconds=60)


def workers() -> Iterator[Finding]:
    """Who lives, who is stuck, who died without a word."""
    living = [worker for worker in Worker.objects.filter(ended_at=None).order_by("no") if life_of(worker).alive]
    now = clock.process_now()
    for worker in living:
        if now - worker.beat_at > SILENT:
            yield warn(
                "worker", f"worker {worker.no} (process {worker.pid} on {worker.host}) lives and has been silent since "
                f"{worker.beat_at:%Y-%m-%d %H:%M}.", "restart it; its steps are looked up, not repeated.",
            )  # fmt: skip
    if living:
        numbers = ", ".join(str(worker.no) for worker in living)
        yield ok("workers", f"{len(living)} alive ({numbers}).")
    else:
        yield warn(
            "workers", "none is alive, so no step is carried out.", "start one: hub up (or hub worker and hub ticker)."
        )


def overdue() -> Iterator[Finding]:
    """Steps that should long have begun, and steps that dead workers hold."""
    now = clock.now()
    late = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__lt=now - OVERDUE).count()
    if late:
        yield warn("steps", f"{late} steps have been due for over a minute.", "see that workers and a ticker run.")
    else:
        yield ok("steps", "none is overdue.")
    held = StepRun.objects.filter(state__in=("claimed", "calling"), lease_until__lt=now - OVERDUE).count()
    if held:
        yield warn(
            "steps",
            f"{held} steps are held by workers that have not been heard of.",
            "start a ticker; it takes them back.",
        )


def people() -> Iterator[Finding]:
    """What waits for somebody to decide."""
    waiting = StepRun.objects.filter(state=StepRun.State.REVIEW)
    number, costly = waiting.count(), waiting.filter(costly=True).count()
    if costly:
        yield bad(
            "inbox", f"{number} steps wait for a person, {costly} of them cost money.", "decide them under Runs.", ADMIN
        )
    elif number:
        yield warn("inbox", f"{number} steps wait for a person.", "decide them under Runs.", ADMIN)
    else:
        yield ok("inbox", "no step waits for a person.")
    if not User.objects.exists():
        yield warn("people", "nobody can sign in.", 'run: hub user create NAME --enterprise "COMPANY"')
