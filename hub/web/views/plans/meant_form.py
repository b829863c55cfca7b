"""For whom a step is meant, as a form: everybody, or only those of whom something is true, or is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.plans.conditions import OnlyIf
from hub.web.views.plans.step_fields import Drawn

PREFIX = "meant_"
LABELS = {
    "kind": gettext_lazy("For whom"),
    "name": gettext_lazy("Which tag, stage, field or draw"),
    "value": gettext_lazy("What the field holds"),
    "percent": gettext_lazy("How many in a hundred"),
    "unless": gettext_lazy("For all the others instead"),
}
KINDS = (
    ("", gettext_lazy("For everybody")),
    ("tag", gettext_lazy("Only with a tag")),
    ("sales_cycle", gettext_lazy("Only at a stage of the sales cycle")),
    ("field", gettext_lazy("Only with something in a field")),
    ("share", gettext_lazy("Only for some, by lot")),
)


def values_of(only: OnlyIf | None) -> dict[str, Any]:
    """It as the form shows it."""
    when = only.when.model_dump(mode="json") if only else {}
    texts = {name: str(when.get(name, "")) for name in ("kind", "name", "value")}
    return {**texts, "percent": str(when.get("percent", 50)), "unless": bool(only and only.unless)}


def posted(post: Any) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    texts = {name: str(post.get(PREFIX + name, "")).strip() for name in ("kind", "name", "value", "percent")}
    return {**texts, "unless": bool(post.get(PREFIX + "unless"))}


def data_of(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Plain data for a step's ``only_if``; nothing where it is for everybody."""
    kind = values.get("kind", "")
    if not kind:
        return None
    more = {"field": ("value",), "share": ("percent",)}.get(kind, ())
    when = {"kind": kind, "name": values.get("name", ""), **{name: values.get(name, "") for name in more}}
    return {"when": when, "unless": bool(values.get("unless"))}


def field_of(path: str) -> str:
    """Which of our fields a problem belongs to; the kind in the middle is pydantic's."""
    last = path.rpartition(".")[2]
    return last if last in LABELS else "kind"


def drawn(values: Mapping[str, Any], errors: Mapping[str, str]) -> Drawn:
    """The form."""
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(
            label=LABELS["kind"], choices=KINDS, required=False,
            help_text=_("Looked at when the step would start. Whom it is not meant for passes it over."),
        ),
        "name": forms.CharField(label=LABELS["name"], widget=forms.TextInput(attrs={"maxlength": 60})),
        "value": forms.CharField(
            label=LABELS["value"], required=False, help_text=_("Empty: anything at all.") ,
            widget=forms.TextInput(attrs={"maxlength": 200}),
        ),
        "percent": forms.CharField(
            label=LABELS["percent"], widget=forms.NumberInput(attrs={"min": 1, "max": 99, "step": 1}),
            help_text=_("Steps that name the same draw split contacts alike, and a contact always falls on the same side."),
        ),
        "unless": forms.BooleanField(label=LABELS["unless"], required=False),
    }  # fmt: skip
    return Drawn(fields, values, errors, PREFIX)
