"""In which hours a step starts, as a form: of one step, where it may differ from the plan, or of the whole plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.plans import hours as allowed
from hub.plans.hours import DAYS, AnyTime, Hours, StepHours
from hub.plans.rules import PlanRules
from hub.web.views.plans.step_fields import Drawn

PREFIX = "hours_"
LABELS = {
    "kind": gettext_lazy("Hours"),
    "days": gettext_lazy("On these days"),
    "opens": gettext_lazy("From"),
    "closes": gettext_lazy("Until"),
    "holidays": gettext_lazy("Also on holidays and closed days"),
}
OF_PLAN = (("", gettext_lazy("At any hour")), ("between", gettext_lazy("Only in these hours")))

Values = Mapping[str, Any]


def of_step(said: PlanRules, quiet: object = None) -> tuple[tuple[str, str], ...]:
    """What a step may choose; the first tells what the plan says."""
    told = allowed.words(said.hours) if said.hours else _("at any hour")
    if quiet:
        told = _("{hours}; quiet {quiet}").format(hours=told, quiet=quiet)
    return (
        ("", _("As the plan says ({hours})").format(hours=told)),
        ("any", _("At any hour, also in quiet hours")),
        ("between", _("In hours of its own")),
    )


def values_of(hours: StepHours | None) -> dict[str, Any]:
    """Hours as the form shows them."""
    shown = hours if isinstance(hours, Hours) else Hours()
    return {
        "kind": hours.kind if hours else "",
        "days": [str(day) for day in shown.days],
        "opens": f"{shown.opens:%H:%M}",
        "closes": f"{shown.closes:%H:%M}",
        "holidays": shown.holidays,
    }


def posted(post: Any) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    texts = {name: str(post.get(PREFIX + name, "")).strip() for name in ("kind", "opens", "closes")}
    return {**texts, "days": post.getlist(PREFIX + "days")[:7], "holidays": bool(post.get(PREFIX + "holidays"))}


def data_of(values: Values) -> dict[str, Any] | None:
    """Plain data for ``hub.plans.hours.read``; nothing where nothing of its own is said."""
    kind = values.get("kind", "")
    if kind == "between":
        return {name: values.get(name) for name in ("kind", "days", "opens", "closes", "holidays")}
    return {"kind": kind} if kind else None


def field_of(path: str) -> str:
    """Which of our fields a problem belongs to: what concerns the hours as a whole stands beside their end."""
    name = path.split(".")[0]
    return name if name in LABELS else "closes"


def drawn(values: Values, errors: Mapping[str, str], choices: Sequence[tuple[str, Any]]) -> Drawn:
    """The form."""
    clock = forms.TimeInput(attrs={"type": "time"})
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(label=LABELS["kind"], choices=choices, widget=forms.RadioSelect, required=False),
        "days": forms.MultipleChoiceField(
            label=LABELS["days"], choices=[(str(at), name) for at, name in enumerate(DAYS)],
            widget=forms.CheckboxSelectMultiple, required=False,
        ),
        "opens": forms.CharField(label=LABELS["opens"], widget=clock),
        "closes": forms.CharField(label=LABELS["closes"], widget=clock, help_text=_("0:00 is the end of the day.")),
        "holidays": forms.BooleanField(label=LABELS["holidays"], required=False),
    }  # fmt: skip
    return Drawn(fields, values, errors, PREFIX)


def usual(inside: bool) -> StepHours | None:
    """What a new step starts with: what only happens in the hub disturbs nobody at night."""
    return AnyTime() if inside else None
