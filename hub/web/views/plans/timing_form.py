"""When a step runs, as a form: four ways to say it, of which only the chosen one counts.

Times are typed and read in the account's zone. What does not make sense is told beside the field it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.durations import LeadTime
from hub.plans.timing import After, AnyTiming, Arrive, On
from hub.web.views.plans.step_fields import Drawn

KINDS = (
    ("immediately", gettext_lazy("Immediately")),
    ("after", gettext_lazy("After a while")),
    ("on", gettext_lazy("On a date")),
    ("arrive", gettext_lazy("To arrive by a day")),
)
UNITS = (
    ("minutes", gettext_lazy("minutes")),
    ("hours", gettext_lazy("hours")),
    ("days", gettext_lazy("days")),
    ("business_days", gettext_lazy("business days")),
)
ANCHORS = (("previous", gettext_lazy("the previous step")), ("enrollment", gettext_lazy("the start of the plan")))

LABELS = {
    "kind": gettext_lazy("When"),
    "amount": gettext_lazy("How long"),
    "unit": gettext_lazy("Unit"),
    "since": gettext_lazy("After"),
    "at": gettext_lazy("At what time of day"),
    "date": gettext_lazy("Date"),
    "on_at": gettext_lazy("Time"),
    "by": gettext_lazy("Arrives by"),
    "by_date": gettext_lazy("The date"),
    "lead": gettext_lazy("Longest on the way"),
    "lead_unit": gettext_lazy("Unit"),
    "by_at": gettext_lazy("Leaves at"),
}

PREFIX = "when_"
FIELDS = tuple(LABELS)


def values_of(timing: AnyTiming, lead: LeadTime | None = None) -> dict[str, str]:
    """A timing as the form shows it. ``lead``: how long the add-on says that it takes, as what to begin with."""
    values = {
        "kind": timing.kind, "amount": "1", "unit": "days", "since": "previous", "at": "", "on_at": "09:00",
        "by": "", "by_at": "09:00", "lead": str(lead.most if lead else 0),
        "lead_unit": "days" if lead and not lead.business else "business_days",
    }  # fmt: skip
    if isinstance(timing, After):
        at = f"{timing.at:%H:%M}" if timing.at else ""
        values |= {"amount": str(timing.amount), "unit": timing.unit, "since": timing.since, "at": at}
    if isinstance(timing, On):
        values |= {"date": timing.date.isoformat(), "on_at": f"{timing.at:%H:%M}"}
    if isinstance(timing, Arrive):
        by_date = timing.date.isoformat() if timing.date else ""
        values |= {"by": timing.field, "by_date": by_date, "by_at": f"{timing.at:%H:%M}"}
        values |= {"lead": str(timing.lead), "lead_unit": timing.unit}
    return values


def posted(post: Any) -> dict[str, str]:
    """What was typed, as the form shows it again."""
    return {name: str(post.get(PREFIX + name, "")).strip() for name in FIELDS}


def data_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Plain data for ``hub.plans.timing.read``; fields of the ways not chosen are left out."""
    kind = values.get("kind", "")
    if kind == "after":
        given = {name: values.get(name, "") for name in ("amount", "unit", "since", "at")}
        clock_goes_with_it = given["unit"] in ("days", "business_days")
        return {"kind": kind, **{k: v for k, v in given.items() if v and (k != "at" or clock_goes_with_it)}}
    if kind == "on":
        given = {"date": values.get("date", ""), "at": values.get("on_at", "")}
        return {"kind": kind, **{name: value for name, value in given.items() if value}}
    if kind == "arrive":
        by = {"field": values["by"]} if values.get("by") else {"date": values.get("by_date", "")}
        given = {
            **by,
            "lead": values.get("lead", ""),
            "unit": values.get("lead_unit", ""),
            "at": values.get("by_at", ""),
        }
        return {"kind": kind, **{name: value for name, value in given.items() if value}}
    return {"kind": kind or "immediately"}


def field_of(name: str, values: Mapping[str, str]) -> str:
    """Which of our fields a problem of the timing belongs to: a date's time of day has a box of its own."""
    if values.get("kind") == "arrive" or name in ("field", "lead"):
        return _ARRIVE.get(name, "by_date")
    if name == "at" and values.get("kind") == "on":
        return "on_at"
    return name if name in FIELDS else ("amount" if values.get("kind") == "after" else "kind")


_ARRIVE = {"kind": "kind", "date": "by_date", "field": "by", "lead": "lead", "unit": "lead_unit", "at": "by_at"}


def drawn(
    values: Mapping[str, str], errors: Mapping[str, str], first: bool = False, own_fields: Iterable[str] = ()
) -> Drawn:
    """The form.

    Args:
        first: there is no previous step, so every wait counts from the start of the plan.
        own_fields: labels of the contacts' own fields, one of which may hold the day to arrive by.
    """
    labels = list(dict.fromkeys([*own_fields, *filter(None, [values.get("by")])]))
    by = [("", _("a date")), *((label, _("the contact's %(field)s") % {"field": label}) for label in labels)]
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(label=LABELS["kind"], choices=KINDS, widget=forms.RadioSelect),
        "amount": forms.CharField(label=LABELS["amount"], widget=forms.NumberInput(attrs={"min": 0, "step": 1})),
        "unit": forms.ChoiceField(label=LABELS["unit"], choices=UNITS),
        "since": forms.ChoiceField(label=LABELS["since"], choices=ANCHORS),
        "at": forms.CharField(
            label=LABELS["at"], required=False, widget=forms.TimeInput(attrs={"type": "time"}),
            help_text=_("For days and business days. Empty: at the time of day at which the wait begins."),
        ),
        "date": forms.CharField(label=LABELS["date"], widget=forms.DateInput(attrs={"type": "date"})),
        "on_at": forms.CharField(label=LABELS["on_at"], widget=forms.TimeInput(attrs={"type": "time"})),
        "by": forms.ChoiceField(
            label=LABELS["by"], choices=by,
            help_text=_("A day in a contact's own field comes again every year."),
        ),
        "by_date": forms.CharField(label=LABELS["by_date"], widget=forms.DateInput(attrs={"type": "date"})),
        "lead": forms.CharField(label=LABELS["lead"], widget=forms.NumberInput(attrs={"min": 0, "step": 1})),
        "lead_unit": forms.ChoiceField(label=LABELS["lead_unit"], choices=UNITS[2:]),
        "by_at": forms.CharField(label=LABELS["by_at"], widget=forms.TimeInput(attrs={"type": "time"})),
    }  # fmt: skip
    if first:
        fields["since"].help_text = _("This is the first step, so both mean the same.")
    return Drawn(fields, values, errors, PREFIX)
