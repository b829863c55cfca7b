"""How a step is supposed to end, in the preview: for each step that others ask for, a choice. Unknown until one is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.plans import drafting, endings
from hub.plans.drafting import StepDraft
from hub.plans.endings import EXAMPLES, WAYS, Ending, Way

PREFIX = "ends_"


@dataclass(frozen=True)
class Asked:
    """A step that others ask for. ``way`` is how it is supposed to end; None: nobody said."""

    step: StepDraft
    way: Way | None = None

    @property
    def field(self) -> str:
        return f"{PREFIX}{self.step.key}"

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Value, words, and whether it is chosen."""
        ways = [(str(way), endings.told(way), way == self.way) for way in WAYS]
        return [("", _("not known yet"), self.way is None), *ways]


def asked(steps: Sequence[StepDraft], given: Mapping[str, str]) -> list[Asked]:
    """The steps that others ask for, in order, each with what the address says of it."""
    chosen = {step.key: _way(given.get(f"{PREFIX}{step.key}", "")) for step in steps}
    return [Asked(step, chosen[step.key]) for step in steps if drafting.asking(steps, step.key)]


def supposed(found: Iterable[Asked]) -> dict[str, Ending]:
    """Step's key → an end of the kind that was chosen."""
    return {str(one.step.key): EXAMPLES[one.way] for one in found if one.way}


def _way(text: str) -> Way | None:
    return next((way for way in WAYS if way == text), None)
