"""Finding and claiming what is due: fifty steps, among so many that wait for later; then the same after long churn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench import world
from bench.meter import Meter

DUE = 50
ASKED = 200
CLAIMED = 40
"""Claims are written, so they are asked less often."""

CHURN = 20
"""Rounds in which a thousand steps are moved, done, and followed by others."""

_WAITING = """
INSERT INTO plans_steprun (id, account_id, enrollment_id, contact_id, plan_step_id, seq, action_type, addon, state, due_at,
                           effect_key, created_at)
SELECT gen_random_uuid(), 1, n, n, 1, 0, 'bench.post', 'bench', 'scheduled',
       now() + CASE WHEN n <= %s THEN interval '-1 minute' ELSE n * interval '1 second' + interval '1 hour' END, 'k' || n, now()
  FROM generate_series(1, %s) n
"""

_DONE = """
UPDATE plans_steprun SET state = 'done', due_at = NULL, closed_at = now()
 WHERE id IN (SELECT id FROM plans_steprun WHERE state = 'scheduled' AND due_at > now() ORDER BY due_at LIMIT 1000)
"""
_NEXT = """
INSERT INTO plans_steprun (id, account_id, enrollment_id, contact_id, plan_step_id, seq, action_type, addon, state, due_at,
                           effect_key, created_at)
SELECT gen_random_uuid(), 1, n, n, 1, 1, 'bench.post', 'bench', 'scheduled', now() + n * interval '1 second' + interval '2 hours',
       'again' || %s || '-' || n, now()
  FROM generate_series(1, 1000) n
"""


def run(units: int) -> None:
    """Among so many; milliseconds of one question, of one claim, and of one question after the churn, medians."""
    world.ready()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [DUE, units])
        cursor.execute("VACUUM ANALYZE plans_steprun")
        meter = Meter()
        with meter.running():
            asked, claimed = _median_ms(_ask, ASKED), _median_ms(_claim, CLAIMED)
        for number in range(CHURN):
            cursor.execute(_DONE)
            cursor.execute(_NEXT, [str(number)])
        churned = _median_ms(_ask, ASKED)
    meter.report(ASKED, median_ms=asked, claim_ms=claimed, churned_ms=churned)


def _median_ms(work: Callable[[], float], times: int) -> float:
    return statistics.median(work() for _ in range(times)) * 1000


def _ask() -> float:
    from hub.db import clock
    from hub.engine import due

    began = time.perf_counter()
    found = due.due_steps(clock.now(), 500)
    taken = time.perf_counter() - began
    assert len(found) == DUE
    return taken


def _claim() -> float:
    """Claimed, and put back."""
    from django.db import transaction

    from hub.db import clock
    from hub.engine import claim, due

    with transaction.atomic():
        ids = due.due_steps(clock.now(), 500)
        began = time.perf_counter()
        got = claim.claim(ids, 1, clock.now())
        taken = time.perf_counter() - began
        transaction.set_rollback(True)
    assert len(got) == DUE
    return taken
