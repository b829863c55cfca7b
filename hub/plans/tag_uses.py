"""Which plans name a tag: told before it is called something else or removed, for plans name tags by what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q

from hub.accounts.models import Account
from hub.contacts import tagging
from hub.contacts.models import Tag
from hub.core.manifest import ActionManifest
from hub.db.scoping import id_of
from hub.plans import actions, conditions, rules
from hub.plans.conditions import HasTag
from hub.plans.models import Enrollment, Plan, PlanKind, PlanStep, PlanVersion

TAGGING = {"AddTags", "RemoveTags"}
"""What an action may ask for that it is given a tag's name for (:mod:`hub.core.changes`)."""


def of(account: Account | int, tag: Tag) -> list[Plan]:
    """Plans with a step, a condition or an end that names the tag, by name.

    A version counts while it is a draft or ready, or while contacts are on it. Plans that were put away do not count.
    """
    versions = PlanVersion.objects.filter(
        plan__account_id=id_of(account), plan__kind=PlanKind.PLAN, plan__archived_at=None
    )
    running = Enrollment.objects.filter(plan=OuterRef("plan"), version=OuterRef("pk"), state=Enrollment.State.RUNNING)
    used = versions.filter(~Q(state=PlanVersion.State.RETIRED) | Exists(running))
    found = {plan for plan, said in used.values_list("plan_id", "rules") if _ends(said, tag)}
    steps = list(
        PlanStep.objects.filter(version__in=used)
        .order_by()
        .values_list("version__plan_id", "action_type", "options", "only_if")
    )
    known = actions.manifests({action_type for _, action_type, _, _ in steps})
    found |= {
        plan
        for plan, action_type, options, only_if in steps
        if _asks(only_if, tag) or _does(known.get(action_type), options, tag)
    }
    return list(Plan.objects.filter(pk__in=found).order_by("name", "pk"))


def _ends(said: Mapping[str, Any], tag: Tag) -> bool:
    return any(_is(rule.when, tag) for rule in rules.read(said).stops)


def _asks(only_if: Any, tag: Tag) -> bool:
    only = conditions.read(only_if)
    return only is not None and _is(only.when, tag)


def _is(condition: object, tag: Tag) -> bool:
    return isinstance(condition, HasTag) and tagging.key_of(condition.name) == tag.key


def _does(action: ActionManifest | None, options: Mapping[str, Any], tag: Tag) -> bool:
    """Whether a step is given the tag: chosen from the list, or by name where it may put tags on or take them off."""
    if action is None:
        return False
    chosen = (options.get(field.name) for field in action.fields if field.kind == "choice" and field.source == "tag")
    if str(tag.pk) in map(str, chosen):
        return True
    typed = options.values() if TAGGING & set(action.changes) else ()
    return any(tagging.key_of(name) == tag.key for value in typed for name in _names(value))


def _names(value: Any) -> Iterable[str]:
    given = value if isinstance(value, list) else [value]
    return (one for one in given if isinstance(one, str))
