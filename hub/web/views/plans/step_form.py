"""One step of a plan as a form: what was typed (``step_typed``), drawn, with what is wrong beside its field.

A step is three small forms in one: the plan's own part (name, notification, too late after), the timing, and the fields that
the action's plugin declared. The sentences of whoever judged it come as ``errors`` by path (``name``, ``timing.amount``,
``options.url``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts import calendars
from hub.addons import forms as addon_forms
from hub.addons import options
from hub.addons.forms import Field
from hub.contacts import lists
from hub.db import clock
from hub.plans import channels, named, tokens
from hub.plans.checking import StepProblem
from hub.plans.drafting import MOST_LATE_HOURS
from hub.plans.models import Plan, PlanStep
from hub.plans.rules import NONE, PlanRules
from hub.web.request import HubRequest
from hub.web.views.contacts.locking import explained
from hub.web.views.plans import bringing, choices, held_lists, hours_form, kinds, meant_form, timing_form
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_fields import Drawn, Surroundings, form_of, make
from hub.web.views.plans.step_typed import PREFIX, StepTyped, preselected

NOTIFY = (
    ("none", gettext_lazy("Nobody")),
    ("on_failure", gettext_lazy("When it fails")),
    ("always", gettext_lazy("When it is done and when it fails")),
)


LABELS = {
    "name": gettext_lazy("Step name"),
    "notify": gettext_lazy("Notify"),
    "late_hours": gettext_lazy("Too late after"),
    "when_late": gettext_lazy("When it is too late"),
}


def errors_of(problems: Iterable[StepProblem], key: UUID | None) -> dict[str, str]:
    """Path → sentence, for one step; the first of each field counts."""
    found: dict[str, str] = {}
    for problem in problems:
        if problem.key == str(key):
            found.setdefault(problem.field, problem.sentence)
    return found


def anchor(path: str) -> str:
    """The id of the input that a problem's path is about; empty for the step as a whole."""
    area, _dot, name = path.partition(".")
    if area == "options":
        return f"id_{PREFIX}{name.partition('.')[0]}"
    if area == "timing":
        return f"id_{timing_form.PREFIX}{timing_form.field_of(name, {})}"
    if area == "only_if":
        return f"id_{meant_form.PREFIX}{meant_form.field_of(name)}"
    if area == "hours":
        return f"id_{hours_form.PREFIX}{hours_form.field_of(name)}"
    return f"id_{area}" if area in ("name", "notify", "late_hours", "when_late") else ""


def label(path: str, kind: Kind) -> str:
    """What the form calls the field that a problem's path is about; empty for the step as a whole."""
    area, _dot, name = path.partition(".")
    if area == "options":
        specs = {spec.name: spec.label for spec in kind.action.fields} if kind.action else {}
        return specs.get(name.partition(".")[0], "")
    if area == "timing":
        return str(timing_form.LABELS[timing_form.field_of(name, {})])
    if area == "only_if":
        return str(meant_form.LABELS[meant_form.field_of(name)])
    if area == "hours":
        return str(hours_form.LABELS[hours_form.field_of(name)])
    return str(LABELS.get(area, ""))


@dataclass(frozen=True)
class StepForm:
    """The three forms of one step, drawn when the template asks. ``before``: key and name of the steps in front of it."""

    request: HubRequest
    plan: Plan
    kind: Kind
    step: StepTyped
    errors: Mapping[str, str] = field(default_factory=dict)
    first: bool = False
    said: PlanRules = NONE
    before: Sequence[tuple[str, str]] = ()

    def with_errors(self, errors: Mapping[str, str]) -> StepForm:
        return replace(self, errors=errors)

    @cached_property
    def basic(self) -> Drawn:
        """Name, notification, and when it is too late."""
        help_late = _(
            "So long after its time, because of a pause or a fault. Empty: a step that costs money, or has a date or a time of "
            "day of its own, asks after a day; all others are never too late."
        )
        fields: dict[str, forms.Field] = {
            "name": forms.CharField(label=LABELS["name"], widget=forms.TextInput(attrs={"maxlength": 120})),
            "notify": forms.ChoiceField(
                label=LABELS["notify"], choices=NOTIFY,
                help_text=_("The contact's assigned user is told, or the account's e-mail address."),
            ),
            "late_hours": forms.CharField(
                label=LABELS["late_hours"], required=False, help_text=help_late,
                widget=forms.NumberInput(attrs={"min": 1, "max": MOST_LATE_HOURS, "step": 1}),
            ),
            "when_late": forms.ChoiceField(label=LABELS["when_late"], choices=PlanStep.WhenLate.choices),
        }  # fmt: skip
        values = {name: getattr(self.step, name) for name in fields}
        whole = self.errors.get("", "") or self.errors.get("key", "") or self.errors.get("action_type", "")
        return Drawn(fields, values, {name: self.errors.get(name, "") for name in fields} | {"": whole})

    @cached_property
    def when(self) -> Drawn:
        """The timing."""
        told = {path.partition(".")[2]: text for path, text in self.errors.items() if path.startswith("timing")}
        errors = {timing_form.field_of(name, self.step.when): text for name, text in told.items()}
        return timing_form.drawn(self.step.when, errors, self.first, lists.custom_labels(self.plan.account))

    @cached_property
    def hours(self) -> Drawn:
        """The hours in which it may start."""
        told = {path.partition(".")[2]: text for path, text in self.errors.items() if path.partition(".")[0] == "hours"}
        errors = {hours_form.field_of(name): text for name, text in told.items()}
        quiet = calendars.of(self.plan.account).quiet_of(channels.of(self.kind.action_type))
        return hours_form.drawn(
            self.step.hours or hours_form.values_of(None), errors, hours_form.of_step(self.said, quiet)
        )

    @cached_property
    def meant(self) -> Drawn:
        """For whom it is."""
        told = {
            path.partition(".")[2]: text for path, text in self.errors.items() if path.partition(".")[0] == "only_if"
        }
        errors = {meant_form.field_of(name): text for name, text in told.items()}
        return meant_form.drawn(self.step.meant or meant_form.values_of(None), errors, self.before)

    @cached_property
    def names(self) -> list[str]:
        """What there is to name in a condition: tags, stages, fields."""
        return named.known(self.plan.account)

    @property
    def more_open(self) -> bool:
        """Whether what is rarely needed is drawn open, because something of it is said or wrong."""
        said = self.step.late_hours or self.step.notify != "none" or self.step.hours.get("kind") == "between"
        return bool(
            said
            or self.step.meant.get("kind")
            or self.hours.errors
            or self.meant.errors
            or self.errors.get("late_hours")
        )

    @property
    def has_rich(self) -> bool:
        """Whether a text with formatting is among the fields, so that its editor is loaded."""
        return self.kind.action is not None and any(spec.kind == "rich" for spec in self.kind.action.fields)

    @cached_property
    def options(self) -> Drawn | None:
        """The plugin's fields; None when nobody knows the kind of step."""
        if self.kind.action is None:
            return None
        told = {
            path.removeprefix("options."): text for path, text in self.errors.items() if path.startswith("options.")
        }
        fields = addon_forms.step_form(
            kinds.manifest_of(self.kind), self.kind.action_type, self.kind.connection, self.step.options, told
        )
        return form_of(fields, self.around, PREFIX)

    @property
    def file_field(self) -> Any:
        """The choice of files; None where the step brings none along."""
        name = bringing.field_of(self.kind)
        return self.options[name] if self.options is not None and name else None

    @cached_property
    def upload(self) -> Drawn | None:
        """The input for one file more."""
        return bringing.control(self.request, self.plan, self.kind)

    @cached_property
    def locks(self) -> list[str]:
        """Lists that this step sets or chooses from and that an account above keeps: which account, and who can change them."""
        subjects = held_lists.subjects_of(self.kind.action) if self.kind.action else ()
        in_force = lists.of(self.plan.account) if subjects else None
        return [told for subject in subjects if in_force and (told := explained(in_force, subject))]

    @cached_property
    def all_forms(self) -> list[Drawn]:
        """For the summary of errors."""
        return [form for form in (self.basic, self.when, self.meant, self.hours, self.options) if form is not None]

    @cached_property
    def around(self) -> Surroundings:
        """Tokens, the account's own lists, and where live lists are drawn again."""
        return surroundings(self.request, self.plan, self.kind)

    @cached_property
    def to_load(self) -> list[tuple[str, str]]:
        """Live lists that were never read, or long ago: the field's id and where it is drawn anew."""
        if self.options is None or self.kind.connection is None:
            return []
        return [
            (self.options[name].auto_id, self.around.refresh_url(name).removesuffix("&refresh=1"))
            for name, spec in self.options.fields.items()
            if getattr(spec.widget, "typed_name", "") and _is_old(spec.widget)
        ]


def surroundings(request: HubRequest, plan: Plan, kind: Kind) -> Surroundings:
    """What the fields of this kind of step need to know."""
    address = reverse("plans:field", args=[plan.account_id, plan.pk])
    return Surroundings(
        tokens=tokens.table(request.account),
        choices=lambda source: choices.of(request, source),
        refresh_url=lambda name: f"{address}?type={kind.action_type}&field={name}&refresh=1" if kind.connection else "",
    )


def one_field(request: HubRequest, plan: Plan, kind: Kind, name: str, value: str, refresh: bool) -> Drawn | None:
    """The form with one live list, read from the vendor; None when the kind of step has no such list."""
    spec = next((one for one in kind.action.fields if one.name == name), None) if kind.action else None
    if spec is None or spec.kind != "options" or kind.connection is None:
        return None
    found = options.load(kind.connection, spec.source, refresh=refresh)
    one = Field(spec, value, choices=found.entries, loaded_at=found.loaded_at, problem=found.problem)
    chosen = replace(one, value=value or preselected(one, plan.name))
    return Drawn({name: make(chosen, surroundings(request, plan, kind), PREFIX)}, {name: chosen.value}, {}, PREFIX)


def _is_old(widget: Any) -> bool:
    return widget.loaded_at is None or clock.now() - widget.loaded_at > options.FRESH
