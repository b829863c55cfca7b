"""The writes of one enrolment, by insert-select: three statements for one contact or for a hundred thousand.

The caller holds the plan's row locked, so of two requests at once the second waits and then finds the contacts running. The
unique keys stand behind that; asking them for every row (ON CONFLICT) would make the statements half as slow again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from hub.db import dialect
from hub.history.selected import add_selected
from hub.plans import effect_key, run_ids
from hub.plans.loading import LoadedVersion
from hub.plans.models import EnrollmentBatch, Plan
from hub.plans.standing import Sql


@dataclass(frozen=True, slots=True)
class Start:
    """What all of them have in common: plan and version, the batch, the moment, the first step's due time, who asked."""

    plan: Plan
    version: LoadedVersion
    batch: EnrollmentBatch
    at: datetime
    first_due: datetime
    actor_label: str


_OF_BATCH = "e.plan_id = %s AND e.state = 'running' AND e.batch_id = %s"
"""The rows of this request: found by the partial index of what runs on the plan, so that the batch needs no index."""


def insert(start: Start, who: Sql) -> int:
    """Write enrollments, first runs and notes for the contacts of ``who`` (``id, times``), and say how many started."""
    enrolled = _enrollments(start, who)
    if enrolled:
        _first_runs(start)
        _notes(start)
    return enrolled


def _enrollments(start: Start, who: Sql) -> int:
    statement = f"""
        INSERT INTO plans_enrollment
               (account_id, plan_id, version_id, batch_id, contact_id, occurrence, state, started_at, started_by, end_reason)
        SELECT %s, %s, %s, %s, w.id, w.times + 1, 'running', {dialect.cast("%s", "time")}, %s, ''
          FROM ({who.text}) w"""
    shared = [start.plan.account_id, start.plan.pk, start.version.id, start.batch.pk, dialect.value(start.at)]
    return _execute(statement, [*shared, start.actor_label[:200], *who.parameters])


def _first_runs(start: Start) -> int:
    step, account = start.version.steps[0], start.plan.account_id
    statement = f"""
        INSERT INTO plans_steprun
               (id, account_id, enrollment_id, contact_id, plan_step_id, seq, action_type, addon, state,
                due_at, effect_key, created_at)
        SELECT {run_ids.sql("e.id")}, %s, e.id, e.contact_id, %s, 0, %s, %s, 'scheduled',
               {dialect.cast("%s", "time")}, {effect_key.sql("e.contact_id", "e.id")}, {dialect.cast("%s", "time")}
          FROM plans_enrollment e WHERE {_OF_BATCH}"""
    key = effect_key.sql_parameters(account, step.action_type, step.key)
    due, now = dialect.value(start.first_due), dialect.value(start.at)
    shared = [account, step.id, step.action_type, step.addon, due, *key, now]
    return _execute(statement, [run_ids.prefix(start.at), *shared, start.plan.pk, start.batch.pk])


def _notes(start: Start) -> int:
    return add_selected(
        f"SELECT e.contact_id, e.id AS enrollment_id FROM plans_enrollment e WHERE {_OF_BATCH}",
        [start.plan.pk, start.batch.pk],
        account_id=start.plan.account_id,
        kind="plan.started",
        data={"plan": start.plan.name, "plan_id": start.plan.pk, "version": start.version.number},
        actor_label=start.actor_label,
        at=start.at,
    )


def _execute(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
