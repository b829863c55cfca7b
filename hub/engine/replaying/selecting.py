"""Which steps a replay means: those that failed or were given up, in a window of time, of an add-on, a plan, a cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from hub.engine import reads
from hub.engine.reads import SETTLED, RunQuery
from hub.engine.replaying.again import SAME_REFERENCE
from hub.plans.models import StepRun

State = StepRun.State

KINDS = {"failed": (State.FAILED,), "review": (State.REVIEW,), "": (State.FAILED, State.REVIEW)}
"""What may be asked for: what failed, what was given up and waits for a person, or both."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is meant. Empty means all.

    Attributes:
        kind: a key of :data:`KINDS`.
        since, until: when the step failed or was given up: from the first moment to the second.
        addon, plan_id, code: of which add-on, plan, cause.
    """

    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    addon: str = ""
    plan_id: int | None = None
    code: str = ""

    def to_json(self) -> dict[str, Any]:
        """For storage."""
        return {
            "kind": self.kind, "since": _text(self.since), "until": _text(self.until), "addon": self.addon,
            "plan_id": self.plan_id, "code": self.code,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Window:
        """From storage."""
        times = {name: datetime.fromisoformat(data[name]) if data[name] else None for name in ("since", "until")}
        return cls(**{**data, **times})


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a window holds.

    Attributes:
        all: steps that are tried again.
        costly: how many of them cost money.
        unclear: how many of them may have happened, and are followed up under the same reference.
        left: unclear steps that only a person can decide about.
    """

    all: int
    costly: int
    unclear: int
    left: int


def steps(account_id: int, window: Window, scope: Q | None = None) -> QuerySet[StepRun]:
    """The steps that can be tried again.

    Args:
        scope: a further condition, for people who see only some contacts.
    """
    return _meant(account_id, window, scope).exclude(_only_a_person())


def numbers(account_id: int, window: Window, scope: Q | None = None) -> Numbers:
    """How many they are."""
    rows = steps(account_id, window, scope).order_by()
    found = rows.aggregate(
        all=Count("pk"), costly=Count("pk", filter=Q(costly=True)), unclear=Count("pk", filter=Q(open_attempts__gt=0))
    )
    return Numbers(**found, left=_meant(account_id, window, scope).filter(_only_a_person()).count())


def _meant(account_id: int, window: Window, scope: Q | None) -> QuerySet[StepRun]:
    query = RunQuery(addon=window.addon, plan_id=window.plan_id, code=window.code, extra=scope or Q())
    kinds = Q()
    for state in KINDS[window.kind]:
        kinds |= Q(state=state) & _within("closed_at" if state == State.FAILED else "held_at", window)
    return reads.runs(account_id, query).filter(kinds).exclude(state=State.FAILED, hold_reason__in=SETTLED)


def _within(moment: str, window: Window) -> Q:
    since = Q(**{f"{moment}__gte": window.since}) if window.since else Q()
    return since & (Q(**{f"{moment}__lte": window.until}) if window.until else Q())


def _only_a_person() -> Q:
    known = Q(effect_class__in=SAME_REFERENCE, cancel_requested_at=None)
    return Q(state=State.REVIEW, open_attempts__gt=0) & ~known


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
