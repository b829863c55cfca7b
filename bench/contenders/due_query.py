"""Finding what is due: fifty that are, among so many that wait for later."""

from __future__ import annotations

import statistics
import time

from bench import world
from bench.meter import Meter

DUE = 50
ASKED = 200

_WAITING = """
INSERT INTO plans_steprun (id, account_id, enrollment_id, contact_id, plan_step_id, seq, action_type, addon, state, due_at,
                           effect_key, created_at)
SELECT gen_random_uuid(), 1, n, n, 1, 0, 'bench.post', 'bench', 'scheduled',
       now() + CASE WHEN n <= %s THEN interval '-1 minute' ELSE n * interval '1 second' + interval '1 hour' END, 'k' || n, now()
  FROM generate_series(1, %s) n
"""


def run(units: int) -> None:
    """Among so many; ``median_ms`` is that of one question."""
    world.ready()
    from django.db import connection

    from hub.db import clock
    from hub.engine import due

    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [DUE, units])
        cursor.execute("VACUUM ANALYZE plans_steprun")
    meter, taken = Meter(), []
    with meter.running():
        for _ in range(ASKED):
            began = time.perf_counter()
            found = due.due_steps(clock.now(), 500)
            taken.append(time.perf_counter() - began)
            assert len(found) == DUE
    meter.report(ASKED, median_ms=statistics.median(taken) * 1000)
