"""One step of a plan as a form, and back: what was stored, what was typed, and what is wrong with it.

A step is three small forms in one: the plan's own part (name, notification, too late after), the timing, and the fields that
the action's plugin declared. Nothing is judged here; ``hub.plans.versions`` and the plugin do that, and their sentences come
back as ``errors`` by path (``name``, ``timing.amount``, ``options.url``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts import calendars
from hub.addons import forms as addon_forms
from hub.addons import options, typed
from hub.addons.forms import Field
from hub.contacts import lists
from hub.db import clock
from hub.mail import cleaning
from hub.plans import channels, named, tokens
from hub.plans.checking import StepProblem
from hub.plans.drafting import MOST_LATE_HOURS, StepDraft
from hub.plans.models import Plan, PlanStep
from hub.plans.rules import NONE, PlanRules
from hub.plans.timing import After, AnyTiming, Immediately
from hub.web.request import HubRequest
from hub.web.views.contacts.locking import explained
from hub.web.views.plans import bringing, choices, held_lists, hours_form, kinds, meant_form, timing_form
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_fields import Drawn, Surroundings, form_of, make

PREFIX = "option_"
A_DAY = After(kind="after", amount=1, unit="days")
"""How long a new step waits whose only settings are its timing: at once would be no wait."""

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


@dataclass(frozen=True)
class StepTyped:
    """A step as it is typed: every value as the form shows it, right or wrong.

    Attributes:
        base: digest of the step as this tab read it; another one in the store means that somebody changed it meanwhile.
    """

    key: UUID
    action_type: str
    name: str = ""
    notify: str = "none"
    late_hours: str = ""
    when: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    when_late: str = "ask"
    hours: Mapping[str, Any] = field(default_factory=dict)
    meant: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """What ``versions.save_draft`` takes."""
        late = {"late_hours": self.late_hours} if self.late_hours else {}
        shared = {"key": self.key, "action_type": self.action_type, "name": self.name, "notify": self.notify}
        times = {"timing": timing_form.data_of(self.when), "hours": hours_form.data_of(self.hours)}
        times["only_if"] = meant_form.data_of(self.meant)
        return {**shared, **times, "options": dict(self.options), **late, "when_late": self.when_late or "ask"}


# --- from a stored step, from a post ------------------------------------------------------------------------------


def of_step(step: StepDraft) -> StepTyped:
    """A stored step as the form shows it."""
    late = str(step.late_hours) if step.late_hours else ""
    when = timing_form.values_of(step.timing)
    hours = hours_form.values_of(step.hours)
    return StepTyped(
        step.key, step.action_type, step.name, step.notify, late, when, step.options, digest(step), step.when_late, hours,
        meant_form.values_of(step.only_if),
    )  # fmt: skip


def new_step(kind: Kind, plan: Plan) -> StepTyped:
    """An empty step of this kind, with a key of its own and, where the vendor's list holds it, the entry named like the plan."""
    chosen = _named_like_the_plan(kind, plan)
    when = timing_form.values_of(_usual_timing(kind), kind.lead)
    hours = hours_form.values_of(hours_form.usual(kind.inside))
    return StepTyped(uuid4(), kind.action_type, kind.title, when=when, options=chosen, hours=hours)


def _usual_timing(kind: Kind) -> AnyTiming:
    """At once; but a step without settings does nothing but let time pass."""
    only_waits = kind.action is not None and not kind.action.fields and not kind.outside
    return A_DAY if only_waits else Immediately()


def _named_like_the_plan(kind: Kind, plan: Plan) -> dict[str, str]:
    if kind.action is None or kind.connection is None:
        return {}
    fields = addon_forms.step_form(kinds.manifest_of(kind), kind.action_type, kind.connection, {})
    found = {one.spec.name: preselected(one, plan.name) for one in fields if one.spec.kind == "options"}
    return {name: value for name, value in found.items() if value}


def preselected(one: Field, plan_name: str) -> str:
    """The entry of a live list that is named like the plan: people name a group like the plan that feeds it."""
    return options.preselect(options.OptionList(one.choices), plan_name)


def from_post(post: Any, kind: Kind, key: UUID, stored: StepDraft | None = None) -> StepTyped:
    """A step as it was typed. What is not in the form stays: an empty secret, and everything of a kind nobody knows."""
    before = stored.options if stored and stored.action_type == kind.action_type else {}
    given: Mapping[str, Any] = before
    if kind.action is not None:
        given = _cleaned(kind, typed.from_post(kind.action.fields, post, PREFIX))
        given = given | {
            spec.name: before[spec.name]
            for spec in kind.action.fields
            if spec.kind == "secret" and not given.get(spec.name) and spec.name in before
        }
    return StepTyped(
        key, kind.action_type, str(post.get("name", "")).strip(), str(post.get("notify", "none")),
        str(post.get("late_hours", "")).strip(), timing_form.posted(post), given, str(post.get("base", ""))[:64],
        str(post.get("when_late", "ask")), hours_form.posted(post), meant_form.posted(post),
    )  # fmt: skip


def _cleaned(kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
    """What was written with formatting is kept without what may not stand in a mail; an editor's empty block is nothing."""
    rich = [spec.name for spec in kind.action.fields if spec.kind == "rich"] if kind.action else []
    made = {name: cleaning.tidy(str(given[name])) for name in rich if name in given}
    return given | {name: "" if cleaning.is_empty(text) else text for name, text in made.items()}


def digest(step: StepDraft) -> str:
    """A short word for everything a step says: the same for the same step, whoever asks. Secrets cannot be tried out on it."""
    return salted_hmac("hub step digest", step.model_dump_json(), algorithm="sha256").hexdigest()[:32]


def key_of(text: str) -> UUID:
    """A step's key out of a form or an address; a fresh one for what is none, so that it is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def place_of(text: str | None, count: int) -> int:
    """A place in a list of so many steps, from 0; anything else is the end."""
    given = (text or "").strip()
    return min(int(given), count) if given.isascii() and given.isdigit() and len(given) < 5 else count


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


def to_fill_in(kind: Kind, typed: StepTyped) -> list[str]:
    """Labels of the fields that the kind of step needs and that are still empty."""
    specs = kind.action.fields if kind.action else ()
    return [spec.label for spec in specs if spec.required and typed.options.get(spec.name) in (None, "", [], {})]


# --- drawing ------------------------------------------------------------------------------------------------------


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
