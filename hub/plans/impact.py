"""What switching an add-on off would hold, in an account and in those that borrow its connection: shown before anybody confirms.

Accounts beneath with a connection of their own go on, so nothing of theirs is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from hub.accounts.models import Account
from hub.addons import connections
from hub.addons.models import Connection
from hub.plans.models import Enrollment, Plan, PlanKind, PlanStep, PlanVersion, StepRun


@dataclass(frozen=True, slots=True)
class PlanImpact:
    """One plan that uses the add-on.

    Attributes:
        steps: names of its steps, in the ready version, the draft, and versions that contacts are still on.
        enrollments: contacts that are on a version with such a step.
        waiting: steps of the add-on that are waiting now; they would be held, and go on when it is on again.
    """

    plan: Plan
    account: Account
    steps: tuple[str, ...]
    enrollments: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Impact:
    """The whole list, and its sums."""

    plans: tuple[PlanImpact, ...] = ()

    @property
    def steps(self) -> int:
        return sum(len(item.steps) for item in self.plans)

    @property
    def enrollments(self) -> int:
        return sum(item.enrollments for item in self.plans)

    @property
    def waiting(self) -> int:
        return sum(item.waiting for item in self.plans)

    @property
    def accounts(self) -> int:
        return len({item.account.pk for item in self.plans})

    def __bool__(self) -> bool:
        return bool(self.plans)


def of_switch_off(account: Account, addon: str) -> Impact:
    """Plans, steps, enrollments and waiting steps that use the add-on here, and beneath by this account's connection."""
    steps = _steps([account.pk, *_borrowers(account, addon)], addon)
    running = _running({step.plan for step in steps}, {step.version for step in steps})
    waiting = _waiting([step.pk for step in steps])
    found: defaultdict[int, _Found] = defaultdict(_Found)
    for step in steps:
        found[step.plan].waiting += waiting.get(step.pk, 0)
        if step.state != PlanVersion.State.RETIRED or running.get(step.version) or waiting.get(step.pk):
            found[step.plan].names.setdefault(step.key, step.name)
            found[step.plan].versions.add(step.version)
    plans = Plan.objects.filter(pk__in=found).select_related("account").order_by("account__path", "name")
    items = (_item(plan, found[plan.pk], running) for plan in plans)
    return Impact(tuple(item for item in items if item.waiting or (item.steps and item.plan.archived_at is None)))


class _Step(NamedTuple):
    pk: int
    key: UUID
    name: str
    version: int
    state: str
    plan: int


@dataclass
class _Found:
    """What was found of one plan so far."""

    names: dict[UUID, str] = field(default_factory=dict)
    versions: set[int] = field(default_factory=set)
    waiting: int = 0


def _borrowers(account: Account, addon: str) -> list[int]:
    """The accounts whose steps go by this account's connection now."""
    borrowing = Connection.objects.filter(
        addon=addon, user=None, borrows=True, enabled=True, account__path__startswith=account.path
    )
    states = connections.states_for((id_, addon) for id_ in borrowing.values_list("account_id", flat=True))
    return [state.account_id for state in states.values() if state.lender_id == account.pk]


def _steps(account_ids: list[int], addon: str) -> list[_Step]:
    """Newest version first, so that a step goes by its newest name."""
    rows = PlanStep.objects.filter(
        action_type__startswith=f"{addon}.",
        version__plan__kind=PlanKind.PLAN,
        version__plan__account__in=account_ids,
    )
    columns = ("pk", "key", "name", "version_id", "version__state", "version__plan_id")
    return [_Step(*row) for row in rows.order_by("-version__number", "position").values_list(*columns)]


def _item(plan: Plan, found: _Found, running: Mapping[int, int]) -> PlanImpact:
    enrollments = sum(running.get(version, 0) for version in found.versions)
    return PlanImpact(plan, plan.account, tuple(found.names.values()), enrollments, found.waiting)


def _running(plans: set[int], versions: set[int]) -> dict[int, int]:
    rows = Enrollment.objects.filter(plan__in=plans, version__in=versions, state=Enrollment.State.RUNNING)
    return dict(rows.order_by().values_list("version").annotate(n=Count("*")))


def _waiting(step_ids: list[int]) -> dict[int, int]:
    rows = StepRun.objects.filter(plan_step__in=step_ids, closed_at__isnull=True).order_by()
    return dict(rows.values_list("plan_step").annotate(n=Count("*")))
