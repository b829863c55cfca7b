"""Moving what is over for long to the archive: so many closed runs with an attempt each, portion after portion.

What counts beside the rate is the longest portion: so long SQLite's one writer is taken from everybody else.
"""

from __future__ import annotations

import time
from datetime import timedelta

from bench import world
from bench.meter import Meter

STEPS = 5
LONG_AGO = timedelta(days=120)
KEEP = timedelta(days=90)


def run(units: int) -> None:
    """So many runs, five a contact."""
    world.ready()
    outside = world.answered_inside()
    meter = Meter()
    with world.installed(outside):
        _over_for_long(units // STEPS)
        with meter.running():
            portions = _move()
    outside.close()
    meter.report(units, portions=len(portions), longest_ms=max(portions) * 1000)


def _move() -> list[float]:
    """Seconds of each portion, without the rests between them."""
    from hub.db import clock
    from hub.engine.archiving.moving import move_portion

    portions, more = [], True
    while more:
        began = time.perf_counter()
        more = move_portion(clock.now(), KEEP).more
        portions.append(time.perf_counter() - began)
    return portions


def _over_for_long(contacts: int) -> None:
    """Contacts who finished a plan of five steps last season, made as rows: the engine would need an hour for them."""
    from django.db import transaction

    from hub.db import bulk, clock
    from hub.engine.models import Attempt
    from hub.plans import run_ids
    from hub.plans.models import Enrollment, PlanStep, StepRun

    world.enroll(world.company(contacts, STEPS))
    then = clock.now() - LONG_AGO
    StepRun.objects.all().delete()
    Enrollment.objects.update(state="finished", ended_at=then)
    steps = list(PlanStep.objects.order_by("position").values_list("pk", flat=True))
    rows = list(Enrollment.objects.values_list("pk", "account_id", "contact_id"))
    runs = [
        (run_ids.new(then), account, pk, contact, step, seq, "bench.post", "bench", "done", then, then, 1, f"{pk}-{seq}",
         {"verdict": "done", "text": "Made id-1", "status": 201, "reference": "id-1"})
        for pk, account, contact in rows for seq, step in enumerate(steps)
    ]  # fmt: skip
    with transaction.atomic():
        bulk.insert(
            StepRun,
            ("id", "account_id", "enrollment_id", "contact_id", "plan_step_id", "seq", "action_type", "addon", "state",
             "created_at", "closed_at", "attempts", "effect_key", "result"),
            runs,
        )  # fmt: skip
        bulk.insert(
            Attempt,
            ("run_id", "n", "fence", "worker_no", "boot_id", "intent_at", "not_after", "key", "effect_class", "effect",
             "request_digest", "outcome", "verdict", "ended_at"),
            ((run[0], 1, 1, 1, run[0], then, then, f"hub-{run[0].hex}", "keyed", {}, "0" * 64, "acted", "done", then)
             for run in runs),
        )  # fmt: skip
