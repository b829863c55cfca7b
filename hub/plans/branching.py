"""What a plan's steps ask of one another, judged: a step may ask how an earlier one ended, and only an earlier one. Pure.

A draft may hold a question that has lost its step (taken out, or moved behind): it is kept, for the step may come back, and said
at once. The version is not made ready with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from hub.plans import drafting
from hub.plans.drafting import StepDraft


def lost(steps: Sequence[StepDraft]) -> list[tuple[int, str]]:
    """The places, from 1, of the steps that ask for one that is not in front of them, each with a sentence."""
    names = drafting.names(steps)
    before: set[str] = set()
    found = []
    for position, step in enumerate(steps, 1):
        asked = step.only_if.asks if step.only_if else ""
        if asked and asked not in before:
            found.append((position, _sentence(names.get(asked), itself=asked == str(step.key))))
        before.add(str(step.key))
    return found


def _sentence(name: str | None, itself: bool) -> str:
    if itself:
        return _("A step cannot ask how it ends itself. Choose a step in front of it.")
    if name is None:
        return _(
            "It asks how a step ended that is no longer in the plan. Choose another one, or mean it for everybody."
        )
    return _("It asks how “{name}” ended, which comes after it. Move one of the two, or choose another step.").format(
        name=name
    )
