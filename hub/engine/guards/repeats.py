"""Would the contact get the same costly thing a second time? Then a person says whether that is meant.

The effect key keeps one trigger from making two steps of one enrollment. This is about two enrollments: two plans with the same
gift, or one plan a contact was put on again. What counts is an attempt that was made, or may have been, of the same kind of
step with the same choices from the vendor's lists, for the same contact, within the account's number of days. Steps of the same
enrollment never count: a retry is the same step, and three cards in one plan are what its author meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.addons import installed
from hub.core.settings import fields_of
from hub.dispatch.gate import Hold
from hub.dispatch.requests import Denied
from hub.engine.guards.models import Leave
from hub.engine.models import Attempt
from hub.plans.lone import NOT_TESTS
from hub.plans.models import PlanKind, StepRun

MAY_HAVE_HAPPENED = ("", "acted", "unclear", "given_up")
"""Outcomes of attempts that may have reached the contact; what the vendor refused has not."""

Sameness = tuple[int, int, str, tuple[tuple[str, str], ...]]
"""Account, contact, kind of step, and what was chosen from the vendor's lists."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """Something costly that went out, or may have."""

    enrollment_id: int
    at: datetime


def among(runs: Sequence[StepRun], days: Mapping[int, int], now: datetime) -> dict[UUID, Denied]:
    """Which of these costly runs look like a repeat. The caller holds the lock in which an account's costly intents stand.

    Args:
        days: account → how many days count; 0 asks never.
    """
    asked = [run for run in runs if days[run.account_id] and run.kind != PlanKind.TEST]
    if not asked:
        return {}
    sent = _sent(asked, days, now)
    found: dict[UUID, Denied] = {}
    for run in asked:
        same = _sameness(run)
        earlier = next((one for one in sent.get(same, []) if one.enrollment_id != run.enrollment_id), None)
        if earlier is not None:
            found[run.pk] = _held(earlier, days[run.account_id])
        else:  # of two in one group the first one goes
            sent.setdefault(same, []).append(_Sent(run.enrollment_id, now))
    meant = _let_go(found)
    return {run_id: denied for run_id, denied in found.items() if run_id not in meant}


def _sent(runs: Sequence[StepRun], days: Mapping[int, int], now: datetime) -> dict[Sameness, list[_Sent]]:
    """What went out to these contacts, the latest first."""
    since = now - timedelta(days=max(days.values()))
    rows = StepRun.objects.filter(
        NOT_TESTS, enrollment__contact_id__in={run.contact_id for run in runs}, action_type__in={run.action_type for run in runs},
        account_id__in={run.account_id for run in runs}, costly=True, first_intent_at__gte=since,
    ).exclude(pk__in=[run.pk for run in runs])  # fmt: skip
    earlier = {row.pk: row for row in rows.select_related("plan_step")}
    attempts = Attempt.objects.filter(run_id__in=list(earlier), outcome__in=MAY_HAVE_HAPPENED, intent_at__gte=since)
    found: dict[Sameness, list[_Sent]] = {}
    for run_id, at in attempts.order_by("-intent_at").values_list("run_id", "intent_at"):
        run = earlier[run_id]
        if at >= now - timedelta(days=days[run.account_id]):
            found.setdefault(_sameness(run), []).append(_Sent(run.enrollment_id, at))
    return found


def _sameness(run: StepRun) -> Sameness:
    return run.account_id, run.contact_id, run.action_type, _chosen(run.action_type, run.plan_step.options)


def _chosen(action_type: str, options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The list, the gift, the design: what tells two things of one kind apart. A text or a greeting does not."""
    claim = installed.registry().claim(action_type)
    fields = fields_of(claim.action.settings, step=True) if claim else ()
    named = sorted(spec.name for spec in fields if spec.source or spec.choices)
    return tuple((name, str(options.get(name, ""))) for name in named)


def _held(earlier: _Sent, days: int) -> Denied:
    sentence = (
        f"The contact was sent the same on {earlier.at:%d %B %Y}, less than {days} days ago. Somebody who may spend says "
        "whether it is meant a second time."
    )
    return Denied(code=Hold.REPEAT, sentence=sentence)


def _let_go(found: Mapping[UUID, Denied]) -> set[UUID]:
    """Those of which a person has said that they are meant."""
    rows = Leave.objects.filter(run_id__in=list(found), guard=Hold.REPEAT) if found else Leave.objects.none()
    return set(rows.values_list("run_id", flat=True))
