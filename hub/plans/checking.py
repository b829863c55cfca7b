"""Judging the steps of a plan: all problems at once, each pointing to its step and field.

Two judgements. :func:`shape` is for every save: is each step a step, and are its tokens known? :func:`readiness` is for making
a version ready: is each action type claimed, does its plugin accept the settings, and is what they name the account's own?
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from hub.accounts.models import Account
from hub.addons import typed
from hub.db.errors import Invalid
from hub.plans import actions, belonging, branching, in_time, named, tokens
from hub.plans.drafting import MOST_STEPS, StepDraft


class StepAnswer(Protocol):
    """What the checker says of one step's settings."""

    @property
    def ok(self) -> bool: ...

    @property
    def problems(self) -> Sequence[tuple[str, str]]:
        """Field ("" for the step as a whole) and sentence."""

    @property
    def warnings(self) -> Sequence[tuple[str, str]]:
        """The same, for what may be right all the same."""

    @property
    def clean(self) -> Mapping[str, Any]:
        """The settings to store: defaults filled in, types put right."""


class StepChecker(Protocol):
    """Judges one step's settings for an account; ``hub.addons.steps.check`` does it, and tests bring their own."""

    def __call__(
        self, account: Account, action_type: str, options: Mapping[str, Any], *, known_tokens: Collection[str]
    ) -> StepAnswer: ...


@dataclass(frozen=True, slots=True)
class StepProblem:
    """One thing wrong: which step (its place from 1, its key and name), which field, and the sentence."""

    position: int
    key: str
    step: str
    field: str
    sentence: str

    @property
    def path(self) -> str:
        """Where it is, for programs: ``steps.2.options.campaign``."""
        return ".".join(part for part in ("steps", str(self.position) if self.position else "", self.field) if part)


class PlanProblems(Invalid):
    """The steps need another look. ``problems`` are all that was found; ``fields`` are the same by path."""

    def __init__(self, problems: Sequence[StepProblem], what: str) -> None:
        super().__init__({problem.path: problem.sentence for problem in problems}, what, code="plan_problems")
        self.problems = tuple(problems)


def parse(steps: Iterable[StepDraft | Mapping[str, Any]]) -> list[StepDraft]:
    """The steps as values.

    Raises:
        PlanProblems: some are no steps, there are too many, or two have one key.
    """
    drafts: list[StepDraft] = []
    problems: list[StepProblem] = []
    for position, step in enumerate(steps, 1):
        try:
            drafts.append(step if isinstance(step, StepDraft) else StepDraft.model_validate(step))
        except ValidationError as trouble:
            problems += _shape_problems(position, step, trouble)
    problems += _list_problems(drafts)
    if problems:
        raise PlanProblems(problems, "The plan was not saved: some steps need another look.")
    return drafts


def shape(account: Account, steps: Sequence[StepDraft]) -> list[StepProblem]:
    """What forbids even saving as a draft: tokens that do not exist, and rows of a table that saving would lose."""
    forms = actions.manifests(step.action_type for step in steps)
    known = [token.name for token in tokens.table(account)]
    problems = []
    for position, step in enumerate(steps, 1):
        form = forms.get(step.action_type)
        wrong = tokens.unknown(step.options, form.fields if form else None, known) | dict(
            typed.unclear_tables(step.options)
        )
        problems += [_of(position, step, f"options.{name}", sentence) for name, sentence in wrong.items()]
    return problems


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a version may run: every problem forbids it, warnings are told, ``clean`` is what would be stored."""

    clean: tuple[StepDraft, ...] = ()
    problems: tuple[StepProblem, ...] = ()
    warnings: tuple[StepProblem, ...] = ()


def readiness(account: Account, steps: Sequence[StepDraft], check: StepChecker) -> Readiness:
    """Hold every step against the plugin that claims it, and say all that is wrong at once."""
    if not steps:
        return Readiness(problems=(StepProblem(0, "", "", "", "A plan needs at least one step before it can run."),))
    problems = shape(account, steps)
    told = {(problem.position, problem.field) for problem in problems}
    warnings: list[StepProblem] = []
    clean: list[StepDraft] = []
    known = [token.name for token in tokens.table(account)]
    forms = actions.manifests(step.action_type for step in steps)
    problems += [_of(at, steps[at - 1], "only_if.step", sentence) for at, sentence in branching.lost(steps)]
    warnings += [_of(at, steps[at - 1], "only_if.name", sentence) for at, sentence in named.of_steps(account, steps)]
    for position, step in enumerate(steps, 1):
        form = forms.get(step.action_type)
        lost = belonging.strangers(account, form.fields, step.options) if form else {}
        problems += [_of(position, step, _option(field), sentence) for field, sentence in lost.items()]
        told |= {(position, _option(field)) for field in lost}
        answer = check(account, step.action_type, step.options, known_tokens=known)
        clean.append(step.model_copy(update={"options": dict(answer.clean)}) if answer.ok else step)
        found = [_of(position, step, _option(field), sentence) for field, sentence in answer.problems]
        timed, wary = in_time.review(account, step.timing, form)
        problems += [_of(position, step, f"timing.{field}", sentence) for field, sentence in timed]
        warnings += [_of(position, step, f"timing.{field}", sentence) for field, sentence in wary]
        problems += [problem for problem in found if (position, problem.field) not in told]
        warnings += [_of(position, step, _option(field), sentence) for field, sentence in answer.warnings]
    return Readiness(tuple(clean), tuple(sorted(problems, key=lambda problem: problem.position)), tuple(warnings))


def _option(field: str) -> str:
    return f"options.{field}" if field else ""


def _of(position: int, step: StepDraft, field: str, sentence: str) -> StepProblem:
    return StepProblem(position, str(step.key), step.name, field, sentence)


def _list_problems(steps: Sequence[StepDraft]) -> list[StepProblem]:
    problems = []
    if len(steps) > MOST_STEPS:
        problems.append(
            StepProblem(0, "", "", "", f"A plan has at most {MOST_STEPS} steps; this one has {len(steps)}.")
        )
    seen: set[Any] = set()
    for position, step in enumerate(steps, 1):
        if step.key in seen:
            problems.append(_of(position, step, "key", "This step is in the list twice."))
        seen.add(step.key)
    return problems


def _shape_problems(position: int, step: Any, trouble: ValidationError) -> list[StepProblem]:
    given = step if isinstance(step, Mapping) else {}
    key, name = str(given.get("key") or ""), str(given.get("name") or "")
    return [
        StepProblem(position, key, name, _field(error["loc"]), plain(error))
        for error in trouble.errors(include_input=False, include_url=False)
    ]


def _field(loc: tuple[int | str, ...]) -> str:
    """``timing.after.amount`` is ``timing.amount`` to a person: the kind in the middle is pydantic's."""
    return ".".join(str(part) for at, part in enumerate(loc) if not (at == 1 and part in _KINDS.get(loc[0], ())))


_KINDS: Mapping[Any, Collection[str]] = {
    "timing": {"immediately", "after", "on", "arrive"},
    "hours": {"any", "between"},
}
"""Fields that hold one of several kinds."""


_SENTENCES = {
    "missing": "This is needed.",
    "string_too_short": "This is needed.",
    "string_pattern_mismatch": "Choose what the step does.",
    "extra_forbidden": "There is no such field.",
    "int_parsing": "Enter a whole number.",
    "int_from_float": "Enter a whole number.",
    "int_parsing_size": "This number is too large.",
    "date_from_datetime_parsing": "Enter a date.",
    "uuid_parsing": "Choose an earlier step.",
    "date_parsing": "Enter a date.",
    "date_from_datetime_inexact": "Enter a date.",
    "time_parsing": "Enter a time of day, such as 9:00.",
    "literal_error": "Choose one of the list.",
    "union_tag_invalid": "Choose when the step runs.",
    "union_tag_not_found": "Choose when the step runs.",
}


def plain(error: Any) -> str:
    """One of pydantic's errors as a sentence for people."""
    bounds = {"greater_than_equal": "Enter {ge} or more.", "less_than_equal": "Enter {le} or less."}
    if error["type"] in bounds:
        return bounds[error["type"]].format(**error["ctx"])
    sentence = _SENTENCES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return sentence[:1].upper() + sentence[1:].rstrip(".") + "."
