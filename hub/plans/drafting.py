"""The steps of a draft as values: what the editor sends, and small moves over a list of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, cast
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from hub.core.actions import ACTION_TYPE
from hub.plans import channels, conditions, hours, secrets, timing
from hub.plans.conditions import OnlyIf, StepEnded
from hub.plans.hours import AnyTime, Hours
from hub.plans.models import PlanStep, PlanVersion
from hub.plans.timing import Immediately, Timing

MOST_STEPS = 200
"""A plan of more steps is a mistake: with one a day it would run for over half a year."""

MOST_LATE_HOURS = 24 * 366

Notify = Literal["none", "on_failure", "always"]


class StepDraft(BaseModel):
    """One step as the editor sees it.

    Attributes:
        key: stays the same while the step is edited, moved, and carried into later versions.
        options: the action type's own settings, not judged here: a draft may be unfinished. What is secret of them is among them,
            opened; it is sealed where the step is stored (:mod:`hub.plans.secrets`).
        late_hours: the step is too late after so many hours; None is as :mod:`hub.plans.lateness` says. ``when_late`` says
            what happens then: a person is asked, it is passed over, or it runs all the same.
        hours: when it may start, where it differs from what the plan says.
        only_if: for whom it is meant; the others pass it over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key: UUID = Field(default_factory=uuid4)
    action_type: str = Field(pattern=ACTION_TYPE.pattern, max_length=100)
    name: str = Field(min_length=1, max_length=120)
    notify: Notify = "none"
    timing: Timing = Immediately()
    options: dict[str, Any] = Field(default_factory=dict)
    late_hours: int | None = Field(default=None, ge=1, le=MOST_LATE_HOURS)
    when_late: Literal["ask", "skip", "run"] = "ask"
    only_if: OnlyIf | None = None
    hours: Annotated[AnyTime | Hours, Field(discriminator="kind")] | None = None

    @property
    def channel(self) -> str:
        """On which way it reaches the contact."""
        return channels.of(self.action_type)

    def row(self, version: PlanVersion, position: int, secret: Collection[str] | None) -> PlanStep:
        """The row to store; ``secret`` is what :func:`hub.plans.secrets.fields_of` says of its kind."""
        parts = secrets.parted(self.options, secret)
        return PlanStep(
            version=version,
            key=self.key,
            position=position,
            action_type=self.action_type,
            name=self.name,
            notify=self.notify,
            timing=timing.dump(self.timing),
            options=parts.options,
            secrets=parts.secrets,
            late_hours=self.late_hours,
            when_late=self.when_late,
            hours=None if self.hours is None else self.hours.model_dump(mode="json"),
            only_if=None if self.only_if is None else self.only_if.model_dump(mode="json"),
        )


def read(row: PlanStep) -> StepDraft:
    """A stored step as a value. Raises :class:`hub.plans.secrets.KeyLost`."""
    return StepDraft(
        key=row.key,
        action_type=row.action_type,
        name=row.name,
        notify=cast(Notify, row.notify),
        timing=timing.read(row.timing),
        options=secrets.opened(row),
        late_hours=row.late_hours,
        when_late=row.when_late,  # type: ignore[arg-type]  # one of the two, by the column's choices
        hours=hours.read(row.hours),
        only_if=conditions.read(row.only_if),
    )


def steps_of(version: PlanVersion) -> list[StepDraft]:
    """The steps of a version, in order."""
    return [read(row) for row in version.steps.order_by("position")]


def put(steps: Sequence[StepDraft], step: StepDraft) -> list[StepDraft]:
    """The list with this step in the place of the one with its key, or at the end."""
    if all(other.key != step.key for other in steps):
        return [*steps, step]
    return [step if other.key == step.key else other for other in steps]


def without(steps: Sequence[StepDraft], key: UUID) -> list[StepDraft]:
    """The list without the step of this key."""
    return [step for step in steps if step.key != key]


def moved(steps: Sequence[StepDraft], key: UUID, position: int) -> list[StepDraft]:
    """The list with the step of this key at ``position`` (from 0; beyond the end is the end)."""
    rest = without(steps, key)
    picked = [step for step in steps if step.key == key]
    at = max(0, position)
    return [*rest[:at], *picked, *rest[at:]]


def copied(steps: Sequence[StepDraft]) -> list[StepDraft]:
    """The same steps under keys of their own. What asks for an earlier step of the list asks for that one's copy."""
    keys = {step.key: uuid4() for step in steps}
    return [step.model_copy(update={"key": keys[step.key], "only_if": _asking(step.only_if, keys)}) for step in steps]


def _asking(only: OnlyIf | None, keys: Mapping[UUID, UUID]) -> OnlyIf | None:
    if only is None or not isinstance(only.when, StepEnded):
        return only
    when = only.when.model_copy(update={"step": keys.get(only.when.step, only.when.step)})
    return only.model_copy(update={"when": when})


def asking(steps: Sequence[StepDraft], key: UUID) -> list[StepDraft]:
    """The steps that ask how the one of this key ended."""
    return [step for step in steps if step.only_if is not None and step.only_if.asks == str(key)]


def names(steps: Sequence[StepDraft]) -> dict[str, str]:
    """Key → name, for what is told of a step that asks for another."""
    return {str(step.key): step.name for step in steps}
