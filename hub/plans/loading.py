"""Versions as the hot path reads them: frozen, parsed once, kept for as long as the process lives.

Ready and retired versions never change, so a copy cannot grow stale; what can change (the plan's name) is not in it. Drafts are
read anew each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.db.fields import Sealed
from hub.plans import channels, conditions, hours, rules, secrets, timing
from hub.plans.conditions import OnlyIf
from hub.plans.hours import StepHours
from hub.plans.models import PlanKind, PlanStep, PlanVersion
from hub.plans.rules import PlanRules
from hub.plans.timing import AnyTiming

MOVE = "steps.move_to_plan"
"""The kind of step that may end the plan it stands in (:mod:`hub.steps.move_to_plan`)."""

KEPT = 2_000
"""How many versions one process remembers; beyond that it begins anew."""


@dataclass(frozen=True, slots=True)
class LoadedStep:
    """One step of a version, with its timing parsed."""

    id: int
    key: UUID
    seq: int
    action_type: str
    name: str
    notify: str
    timing: AnyTiming
    options: dict[str, Any]
    """Without what is secret, where it comes from the store; then :meth:`settings` has all."""
    late_hours: int | None
    when_late: str = "ask"
    hours: StepHours | None = None
    only_if: OnlyIf | None = None
    sealed: Sealed | None = None

    def settings(self) -> dict[str, Any]:
        """All of the action type's own settings, opened for one use. Raises :class:`hub.plans.secrets.KeyLost`."""
        return secrets.whole(self.options, self.sealed, self.name)

    @property
    def addon(self) -> str:
        return self.action_type.partition(".")[0]

    @property
    def leaves(self) -> bool:
        """Whether the contact is off this plan once it is done, so that nothing behind it is reached."""
        return self.action_type == MOVE and bool(self.options.get("leave_current", True))

    @property
    def channel(self) -> str:
        """On which way it reaches the contact. Not kept with the version: a plugin may be brought up to date."""
        return channels.of(self.action_type)


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """One version with its steps in order; ``seq`` of a step is its place in ``steps``."""

    id: int
    plan_id: int
    account_id: int
    number: int
    steps: tuple[LoadedStep, ...]
    rules: PlanRules = rules.NONE

    def after(self, seq: int) -> LoadedStep | None:
        """The step that follows, or None after the last."""
        return self.steps[seq + 1] if seq + 1 < len(self.steps) else None


_kept: dict[int, LoadedVersion] = {}


def load_versions(ids: Iterable[int]) -> dict[int, LoadedVersion]:
    """Versions by id, in two queries at most for those this process has not seen. Unknown ids are left out."""
    wanted = set(ids)
    loaded = {id_: _kept[id_] for id_ in wanted if id_ in _kept}
    missing = wanted - loaded.keys()
    if missing:
        fresh, lasting = _read(missing)
        loaded |= fresh
        if len(_kept) + len(lasting) > KEPT:
            _kept.clear()
        _kept.update({id_: fresh[id_] for id_ in lasting})
    return loaded


def forget() -> None:
    """Forget every kept version. For tests, which make new databases under the same ids."""
    _kept.clear()


def _read(ids: set[int]) -> tuple[dict[int, LoadedVersion], set[int]]:
    rows = list(PlanVersion.objects.filter(pk__in=ids).select_related("plan"))
    of = {row.pk: row for row in rows}
    steps: defaultdict[int, list[LoadedStep]] = defaultdict(list)
    for row in PlanStep.objects.filter(version_id__in=of).order_by("version_id", "position"):
        row.version = of[row.version_id]
        steps[row.version_id].append(_step(row))
    versions = {
        row.pk: LoadedVersion(
            row.pk, row.plan_id, row.plan.account_id, row.number, tuple(steps[row.pk]), rules.read(row.rules)
        )
        for row in rows
    }
    return versions, {row.pk for row in rows if row.state != PlanVersion.State.DRAFT and row.plan.kind == PlanKind.PLAN}


def _step(row: PlanStep) -> LoadedStep:
    return LoadedStep(
        row.pk, row.key, row.position, row.action_type, row.name, row.notify, timing.read(row.timing), row.options,
        row.late_hours, row.when_late, hours.read(row.hours), conditions.read(row.only_if), row.secrets,
    )  # fmt: skip
