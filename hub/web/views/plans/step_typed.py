"""One step of a plan as it is typed: what was stored as the form shows it, and what was posted. Nothing is judged here;
``hub.plans.versions`` and the plugin do that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.utils.crypto import salted_hmac

from hub.addons import forms as addon_forms
from hub.addons import options, typed
from hub.addons.forms import Field
from hub.mail import cleaning
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan
from hub.plans.timing import After, AnyTiming, Immediately
from hub.web.views.plans import hours_form, kinds, meant_form, timing_form
from hub.web.views.plans.kinds import Kind

PREFIX = "option_"
A_DAY = After(kind="after", amount=1, unit="days")
"""How long a new step waits whose only settings are its timing: at once would be no wait."""


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


def to_fill_in(kind: Kind, typed: StepTyped) -> list[str]:
    """Labels of the fields that the kind of step needs and that are still empty."""
    specs = kind.action.fields if kind.action else ()
    return [spec.label for spec in specs if spec.required and typed.options.get(spec.name) in (None, "", [], {})]
