"""A plan for each action, so that the author can try it: its settings made up as the conformance run makes them up.

Where they do not fit the form, the hub starts all the same. The action is left out, and its reason says what its author does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.core.actions import Action
from hub.core.guard import Failed, limited
from hub.core.registry import Plugin
from hub.db.errors import Invalid
from hub.dispatch import binding
from hub.plans import changes as plans
from hub.plans import versions
from hub.plans.models import Plan
from hub.testing.beside import packages
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.shape import made_up_options


@dataclass(frozen=True, slots=True)
class Tries:
    """What can be tried.

    Attributes:
        plans: action type → id of its plan.
        left_out: action type → why it has none, and what to do.
    """

    plans: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def plans_for(account: Account, plugin: Plugin, before: Mapping[str, int], *, by: Actor) -> Tries:
    """A plan for each action: the one there was, while its settings still fit the form."""
    tries = Tries()
    with Bench(plugin.subject) as bench:
        for action in plugin.actions:
            plan = Plan.objects.filter(pk=before.get(action.type, 0)).first()
            try:
                tries.plans[action.type] = _plan_for(account, action, plan, bench, by)
            except Invalid as trouble:
                tries.left_out[action.type] = _why(plugin, action, trouble)
    return tries


def _plan_for(account: Account, action: Action, plan: Plan | None, bench: Bench, by: Actor) -> int:
    if plan is not None and _still_fits(plan, action):
        return int(plan.pk)
    with transaction.atomic():
        return _made(account, action, plan, made_up_options(bench, action), by)


def _made(account: Account, action: Action, plan: Plan | None, options: Mapping[str, Any], by: Actor) -> int:
    plan = plan or plans.create_plan(account, f"Try: {action.title}", by=by, reenrollment="always")
    step = {
        "action_type": action.type, "name": action.title, "timing": {"kind": "immediately"}, "notify": "none",
        "options": json.loads(json.dumps(options, default=str)),  # as they are stored; an amount as its text
    }  # fmt: skip
    draft = versions.draft_for_editing(plan, by=by)
    saved = versions.save_draft(draft, draft.revision, [step], by=by)
    versions.make_ready(saved, saved.revision, by=by)
    return int(plan.pk)


def _still_fits(plan: Plan, action: Action) -> bool:
    """The form may have changed since; the author may have changed the plan, too, and that stays."""
    ready = plan.versions.filter(state="ready").first()
    steps = ready.steps.filter(action_type=action.type) if ready else ()
    try:
        for step in steps:
            limited(lambda: binding.settings(action.settings, step.options), binding.BadSettings)  # noqa: B023
    except (binding.BadSettings, Failed):
        return False
    return ready is not None


def _why(plugin: Plugin, action: Action, trouble: Invalid) -> str:
    """In the field's own words; ``steps.1.options.amount`` means nothing to whoever wrote no plan."""
    short, package = action.type.partition(".")[2], next(iter(packages(plugin.info)), plugin.source.module)
    said = " ".join(f"{name.rpartition('.')[2]}: {str(words).rstrip('.')}." for name, words in trouble.fields.items())
    lacking = {name.rpartition(".")[2]: "…" for name in trouble.fields}
    return (
        f"{action.type} has no plan to try it, for the settings made up for its step do not fit. {said} Say some that do, in "
        f"{package.replace('.', '/')}/simulation.py: OPTIONS = {json.dumps({short: lacking}, ensure_ascii=False)}"
    )
