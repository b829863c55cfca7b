"""The questions asked every second are answered from a partial index, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, QuerySet

from hub.db import clock
from hub.engine import reads
from hub.plans import stopping
from hub.plans.models import Enrollment, StepRun

RUNS = StepRun.objects.order_by()


def plan_of(rows: QuerySet[Any]) -> str:
    """How the database would answer. A small table would be read whole, so PostgreSQL is told not to."""
    text, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE plans_steprun")  # what was counted in the midst of another test is not this table
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {text}", parameters)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {text}", parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("index", "which"),
    [
        ("step_run_due", {"state": "scheduled", "due_at__lte": clock.now}),
        ("step_run_to_look_up|step_run_one_in_flight", {"state": "unknown", "next_check_at__lte": clock.now}),
        ("step_run_leased|step_run_one_in_flight", {"state__in": ["claimed", "calling"], "lease_until__lt": clock.now}),
        ("step_run_for_a_person", {"account_id": 1, "state": "review"}),
        ("step_run_held", {"account_id": 1, "state": "held", "hold_reason": "addon_off"}),
        ("step_run_refused", {"account_id": 1, "state": "failed", "hold_reason__in": ["missing", "rejected"]}),
        ("step_run_failed_by_step|step_run_refused", {"plan_step__in": [1, 2], "state": "failed"}),
        ("step_run_effect_once|autoindex_plans_steprun_2", {"enrollment_id": 7}),
    ],
)
def test_a_frequent_question_uses_its_index(index: str, which: dict[str, Any]) -> None:
    given = {name: value() if callable(value) else value for name, value in which.items()}

    answer = plan_of(RUNS.filter(**given))
    assert any(name in answer for name in index.split("|")), answer  # either will do where two are named


@pytest.mark.django_db
def test_whether_anything_of_an_enrollment_is_open_is_asked_of_its_own_runs() -> None:
    """Not of all that is open: a server that last looked at a quiet hour takes that for little, and it is a hundred thousand."""
    rows = Enrollment.objects.filter(pk=7).extra(where=[stopping.NOTHING_OPEN])

    answer = plan_of(rows.values("pk"))
    assert any(name in answer for name in ("step_run_effect_once", "autoindex_plans_steprun_2")), answer


@pytest.mark.django_db
def test_what_is_open_at_a_step_is_counted_in_the_index() -> None:
    rows = RUNS.filter(plan_step__in=[1, 2], closed_at__isnull=True)

    assert "step_run_open_by_step" in plan_of(rows.values_list("plan_step", "state").annotate(n=Count("*")))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "index"), [("review", "for_a_person"), ("held", "step_run_held"), ("failed", "step_run_refused")]
)
def test_what_needs_somebody_is_found_by_the_index_of_its_state_alone(state: str, index: str) -> None:
    assert index in plan_of(reads.in_state(RUNS.filter(account_id=1), state))


@pytest.mark.django_db
def test_numbers_of_a_hundred_thousand_are_read_from_an_index_and_nothing_else() -> None:
    closed = RUNS.filter(account_id=1, closed_at__gte=clock.now()).values_list("state").annotate(n=Count("*"))
    running = Enrollment.objects.filter(plan=1, state="running").order_by().values_list("plan").annotate(n=Count("*"))

    for rows in (closed, running):
        answer = plan_of(rows)
        assert "COVERING" in answer or "Index Only" in answer, answer
