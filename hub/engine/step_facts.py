"""The plan's side of claimed runs: their steps as they are stored, with what the version and the plan say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from hub.db import dialect
from hub.dispatch.ledger import no_settings
from hub.engine import unsealing
from hub.engine.unsealing import Opener


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One step. What is JSON is as it is stored; whoever asks reads it."""

    options: Mapping[str, Any]
    name: str
    plan: str
    plan_id: int
    notify: str
    late_hours: int | None
    when_late: str
    hours: Mapping[str, Any] | None
    rules: Mapping[str, Any]
    sleeps: Sequence[Any]
    timing: Mapping[str, Any]
    only_if: Mapping[str, Any] | None
    open_secrets: Opener = no_settings


_STEPS = """
SELECT s.id, s.options, s.name, p.name, p.id, s.notify, s.late_hours, s.when_late, s.hours, v.rules, p.sleeps, s.timing,
       s.only_if, s.secrets, p.account_id, s.version_id, s.key
  FROM plans_planstep s
  JOIN plans_planversion v ON v.id = s.version_id
  JOIN plans_plan p ON p.id = v.plan_id
 WHERE {steps}
"""


def of(ids: set[int]) -> dict[int, StepFacts]:
    """In plain SQL, as what is asked for every batch is."""
    with connection.cursor() as cursor:
        cursor.execute(_STEPS.format(steps=dialect.any_of("s.id", "int")), [dialect.array(ids)])
        return {row[0]: _read(row[1:-4], unsealing.of_step(*row[-4:])) for row in cursor.fetchall()}


def _read(row: Sequence[Any], open_secrets: Opener) -> StepFacts:
    options, name, plan, plan_id, notify, late, when_late, *more = row
    hours, rules, sleeps, timing, only_if = map(_json, more)
    return StepFacts(
        _json(options), name, plan, plan_id, notify, late, when_late, hours, rules, sleeps, timing, only_if, open_secrets
    )  # fmt: skip


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
