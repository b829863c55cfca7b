"""What a plan's steps look like as cards: kind, icon, words for the timing, expected arrival, how many wait there.

The dates suppose that a contact starts now and that every step is done the moment it is due. Pure but for the kinds, which come
from the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from hub.accounts.calendars import Span
from hub.plans import arrival, drafting, hours, moments, timing
from hub.plans.arrival import Window
from hub.plans.drafting import StepDraft
from hub.plans.hours import Hours
from hub.plans.moments import Clock
from hub.plans.reads import Numbers
from hub.web.views.plans.kinds import Kind


@dataclass(frozen=True)
class StepCard:
    """One card of the timeline.

    Attributes:
        differs: hours of its own are worth a word, for without them others would hold.
        meant: for whom it is, in words; empty for everybody.
    """

    number: int
    step: StepDraft
    kind: Kind
    due: datetime
    window: Window | None
    numbers: Numbers
    differs: bool = True
    meant: str = ""
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
        told = [self.in_words[:1].upper() + self.in_words[1:]]
        told += [hours.words(self.step.hours)] if self.step.hours and self.differs else []
        told += [self.meant] if self.meant else []
        return " · ".join(told)

    @property
    def arrives(self) -> str:
        """The expected arrival, for steps that post something."""
        if self.window is None or (isinstance(self.step.timing, timing.Arrive) and self.step.timing.field):
            return ""  # who it is for has to say by when
        return _("Arrives %(window)s, if started now") % {"window": self.window}

    @property
    def what(self) -> str:
        """The line above the name: kind of step, and the add-on where that says more."""
        if self.kind.outside and self.kind.addon != self.kind.title:
            return f"{self.kind.addon} · {self.kind.title}"
        return self.kind.title


def cards(
    steps: Sequence[StepDraft],
    kinds: Mapping[str, Kind],
    numbers: Mapping[UUID, Numbers],
    start: datetime,
    clock: Clock,
    sleeps: Sequence[Span] = (),
) -> list[StepCard]:
    """The cards of a version, for somebody who starts at ``start`` and lives where the account does."""
    stops = moments.itinerary(steps, clock, enrolled=start, sleeps=sleeps)
    names = drafting.names(steps)
    return [
        StepCard(
            number, step, kinds[step.action_type], stop.runs,
            arrival.window(stop.runs, kinds[step.action_type].lead, clock.account, clock.calendar.is_working_day),
            numbers.get(step.key, Numbers()),
            isinstance(step.hours, Hours) or not moments.is_free(None, moments.way_of(step, clock), clock),
            step.only_if.told(names) if step.only_if else "",
        )
        for number, (step, stop) in enumerate(zip(steps, stops, strict=True), 1)
    ]  # fmt: skip
