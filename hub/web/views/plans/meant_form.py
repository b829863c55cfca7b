"""For whom a step is meant, as a form: everybody, or only those of whom something is true, or is not.

What is true may be of the contact, or of how an earlier step of the plan ended for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.plans import endings
from hub.plans.conditions import OnlyIf
from hub.web.views.plans.step_fields import Drawn

PREFIX = "meant_"
LABELS = {
    "kind": gettext_lazy("For whom"),
    "name": gettext_lazy("Which tag, stage, field or draw"),
    "value": gettext_lazy("What the field holds"),
    "percent": gettext_lazy("How many in a hundred"),
    "step": gettext_lazy("Which earlier step"),
    "ended": gettext_lazy("How it ended"),
    "unless": gettext_lazy("For all the others instead"),
}
KINDS = (
    ("", gettext_lazy("For everybody")),
    ("tag", gettext_lazy("Only with a tag")),
    ("sales_cycle", gettext_lazy("Only at a stage of the sales cycle")),
    ("field", gettext_lazy("Only with something in a field")),
    ("share", gettext_lazy("Only for some, by lot")),
    ("step", gettext_lazy("Only by how an earlier step ended")),
)
TEXTS = ("kind", "name", "value", "percent", "step", "ended")

Choices = Sequence[tuple[str, str]]


def values_of(only: OnlyIf | None) -> dict[str, Any]:
    """It as the form shows it."""
    when = only.when.model_dump(mode="json") if only else {}
    usual = {"percent": 50, "ended": "done"}
    texts = {name: str(when.get(name, usual.get(name, ""))) for name in TEXTS}
    return {**texts, "unless": bool(only and only.unless)}


def posted(post: Any) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    texts = {name: str(post.get(PREFIX + name, "")).strip() for name in TEXTS}
    return {**texts, "unless": bool(post.get(PREFIX + "unless"))}


def data_of(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Plain data for a step's ``only_if``; nothing where it is for everybody."""
    kind = values.get("kind", "")
    if not kind:
        return None
    asked = {"field": ("name", "value"), "share": ("name", "percent"), "step": ("step", "ended")}.get(kind, ("name",))
    when = {"kind": kind, **{name: values.get(name, "") for name in asked}}
    return {"when": when, "unless": bool(values.get("unless"))}


def field_of(path: str) -> str:
    """Which of our fields a problem belongs to; the kind in the middle is pydantic's."""
    last = path.rpartition(".")[2]
    return last if last in LABELS else "kind"


def drawn(values: Mapping[str, Any], errors: Mapping[str, str], before: Choices = ()) -> Drawn:
    """The form.

    Args:
        before: the steps in front of this one: key, and what the list calls it.
    """
    named = {"maxlength": 60, "list": "meant-names", "autocomplete": "off"}
    fields: dict[str, forms.Field] = {
        "kind": forms.ChoiceField(
            label=LABELS["kind"], choices=KINDS, required=False,
            help_text=_("Looked at when the step would start. Whom it is not meant for passes it over."),
        ),
        "name": forms.CharField(label=LABELS["name"], widget=forms.TextInput(attrs=named)),
        "value": forms.CharField(
            label=LABELS["value"], required=False, help_text=_("Empty: anything at all.") ,
            widget=forms.TextInput(attrs={"maxlength": 200}),
        ),
        "percent": forms.CharField(
            label=LABELS["percent"], widget=forms.NumberInput(attrs={"min": 1, "max": 99, "step": 1}),
            help_text=_("Steps that name the same draw split contacts alike, and a contact always falls on the same side."),
        ),
        "step": forms.ChoiceField(label=LABELS["step"], choices=_steps(before, str(values.get("step", "")))),
        "ended": forms.ChoiceField(label=LABELS["ended"], choices=[(way, endings.told(way)) for way in endings.WAYS]),
        "unless": forms.BooleanField(label=LABELS["unless"], required=False),
    }  # fmt: skip
    return Drawn(fields, values, errors, PREFIX)


def _steps(before: Choices, chosen: str) -> list[tuple[str, str]]:
    """The steps there are to ask for; one that was asked for and is no longer in front stays, and is told."""
    nothing = _("Choose one") if before else _("There is no step in front of this one")
    gone = [(chosen, _("A step that is not in front of this one"))] if chosen and chosen not in dict(before) else []
    return [("", nothing), *before, *gone]
