"""What a plan's steps look like as cards: kind, icon, words for the timing, expected arrival, how many wait there.

The dates suppose that a contact starts now and that every step is done the moment it is due. Pure but for the kinds, which come
from the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hub.plans import arrival, timing
from hub.plans.arrival import Window
from hub.plans.drafting import StepDraft
from hub.plans.reads import Numbers
from hub.web.views.plans.kinds import Kind


@dataclass(frozen=True)
class StepCard:
    """One card of the timeline."""

    number: int
    step: StepDraft
    kind: Kind
    due: datetime
    window: Window | None
    numbers: Numbers
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def waits(self) -> int:
        """How many contacts stand at this step now, whatever they wait for."""
        return self.numbers.waiting + self.numbers.held + self.numbers.review

    @property
    def key(self) -> UUID:
        return self.step.key

    @property
    def in_words(self) -> str:
        """The timing inside of a sentence."""
        return timing.words(self.step.timing, first=self.number == 1)

    @property
    def when(self) -> str:
        return self.in_words[:1].upper() + self.in_words[1:]

    @property
    def arrives(self) -> str:
        """The expected arrival, for steps that post something."""
        if self.window is None:
            return ""
        return _("Arrives %(window)s, if started now") % {"window": self.window}

    @property
    def what(self) -> str:
        """The line above the name: kind of step, and the add-on where that says more."""
        if self.kind.outside and self.kind.addon != self.kind.title:
            return f"{self.kind.addon} · {self.kind.title}"
        return self.kind.title


def dues(steps: Sequence[StepDraft], start: datetime, zone: ZoneInfo) -> list[datetime]:
    """When each step is due for somebody who starts at ``start``."""
    found: list[datetime] = []
    previous = start
    for step in steps:
        # A date gone by does not turn the clock back for what follows.
        previous = max(previous, timing.due_at(step.timing, previous=previous, enrolled=start, zone=zone))
        found.append(previous)
    return found


def cards(
    steps: Sequence[StepDraft],
    kinds: Mapping[str, Kind],
    numbers: Mapping[UUID, Numbers],
    start: datetime,
    zone: ZoneInfo,
) -> list[StepCard]:
    """The cards of a version."""
    return [
        StepCard(
            number, step, kinds[step.action_type], due, arrival.window(due, kinds[step.action_type].lead, zone),
            numbers.get(step.key, Numbers()),
        )
        for number, (step, due) in enumerate(zip(steps, dues(steps, start, zone), strict=True), 1)
    ]  # fmt: skip
