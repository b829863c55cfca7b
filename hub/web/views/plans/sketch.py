"""A plan as lines of text, to be compared: draft with ready, mine with theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from hub.core import redact
from hub.plans import drafting, hours, rules, timing
from hub.plans.drafting import StepDraft
from hub.plans.rules import PlanRules
from hub.web.views.plans import kinds
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_form import NOTIFY

SECRET = "••••"


def plan(
    steps: Iterable[StepDraft], kinds: Mapping[str, Kind], said: PlanRules = rules.NONE, next_plan: str = ""
) -> str:
    """The plan's rules where it has any, then every step, a few lines each."""
    told = [f"{what}: {how}" for what, how in rules.words(said, next_plan)] if said != rules.NONE else []
    steps = list(steps)
    names = drafting.names(steps)
    lines = [line for n, step in enumerate(steps, 1) for line in _numbered(n, step, kinds, names)]
    return "\n".join([*told, *lines])


def step(one: StepDraft, kind: Kind, names: Mapping[str, str]) -> str:
    """One step. ``names`` are those of the plan's steps by key, for what it asks of another."""
    return "\n".join(_lines(one, kind, names))


def _numbered(n: int, one: StepDraft, kinds: Mapping[str, Kind], names: Mapping[str, str]) -> list[str]:
    first, *rest = _lines(one, kinds[one.action_type], names)
    return [f"{n}. {first}", *(f"    {line}" for line in rest)]


def _lines(one: StepDraft, kind: Kind, names: Mapping[str, str]) -> list[str]:
    words = [f"{one.name} ({kind.title})", timing.words(one.timing)]
    if one.notify != "none":
        words.append(_("Notify: %(when)s") % {"when": dict(NOTIFY)[one.notify]})
    if one.when_late == "run":
        words.append(_("Runs however late it is"))
    elif one.late_hours:
        late = _("Skipped after %(hours)s hours") if one.when_late == "skip" else _("Too late after %(hours)s hours")
        words.append(late % {"hours": one.late_hours})
    if one.only_if:
        words.append(one.only_if.told(names))
    if one.hours:
        words.append(_("Starts %(hours)s") % {"hours": hours.words(one.hours)})
    labels = kinds.labels(kind)
    return words + [
        line for name, value in one.options.items() for line in _option(name, value, kind, labels.get(name, {}))
    ]


def _option(name: str, value: Any, kind: Kind, names: Mapping[str, str]) -> list[str]:
    spec = next((each for each in kind.action.fields if each.name == name), None) if kind.action else None
    label = spec.label if spec else name
    if value in ("", None, [], {}) or value == (spec.default if spec else None):
        return []
    if spec and spec.kind == "secret":
        return [f"{label}: {redact.masked(str(value), SECRET)}"]
    if isinstance(value, Mapping):
        return [f"{label}:", *(f"    {key}: {item}" for key, item in value.items())]
    told = names.get(str(value), value)
    texts = [str(item) for item in told] if isinstance(told, list | tuple) else str(told).splitlines()
    return [f"{label}: {texts[0]}", *(f"    {text}" for text in texts[1:])] if texts else []
