"""Among very many rows, the archive's questions are answered by an index: asked of the database itself, not of a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from hub.db import bulk
from hub.engine.archiving import moving, reads
from hub.engine.archiving.models import ArchivedRun, Archiving
from hub.plans.models import Enrollment, StepRun

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUMBER = 8_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def enrollments() -> Iterator[list[Any]]:
    """Most have been moved, some run, a third waits to be moved."""
    for n in range(1, NUMBER + 1):
        ended = START + timedelta(minutes=n) if n % 10 else None
        state = "finished" if ended else "running"
        yield [n, 1, 1, 1, n, 1, state, START, ended, ended if n % 3 else None]


def runs(model: Any, columns: int) -> Iterator[list[Any]]:
    for n in range(1, NUMBER + 1):
        row = [UUID(int=n), 1, n, 1, n, 0, "a.b", "a", "done", START, START, f"{n:064}"]
        yield row if columns == len(row) else [*row[:-1], 1, 0, False, 1, [], START, "", ""]


@pytest.fixture
def many() -> None:
    shared = ("id", "account_id", "enrollment_id", "plan_step_id", "contact_id", "seq", "action_type", "addon", "state",
              "created_at", "closed_at")  # fmt: skip
    with transaction.atomic():
        bulk.insert(
            Enrollment,
            ("id", "account_id", "plan_id", "version_id", "contact_id", "occurrence", "state", "started_at", "ended_at",
             "archived_at"),
            enrollments(),
        )  # fmt: skip
        bulk.insert(StepRun, (*shared, "effect_key"), runs(StepRun, 12))
        bulk.insert(
            ArchivedRun,
            (*shared, "plan_id", "epoch", "costly", "attempts", "tries", "archived_at", "hold_reason", "hold_detail"),
            runs(ArchivedRun, 19),
        )
    with connection.cursor() as cursor:
        for model in (Enrollment, StepRun, ArchivedRun):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def is_searched(rows: QuerySet[Any]) -> bool:
    """By some index: neither database walks through the table."""
    plan = rows.explain()
    return "Seq Scan" not in plan and "SCAN" not in plan


@pytest.mark.usefixtures("many")
def test_no_question_of_the_archive_walks_through_a_table() -> None:
    begin = moving.to_look_at(Archiving(), START + timedelta(days=200))
    there = Archiving(after_ended_at=START + timedelta(days=3), after_id=4_320)
    onwards = moving.to_look_at(there, START + timedelta(days=200))

    for rows in (begin, onwards):  # what is to be looked at next, in order, from its own index
        plan = rows[:200].explain()
        assert "enrollment_to_archive" in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan
    assert is_searched(StepRun.objects.filter(enrollment_id__in=[50, 100, 150]))
    assert is_searched(ArchivedRun.objects.filter(account_id=1, pk=UUID(int=77)))
    assert reads.run(1, UUID(int=77)) is not None
