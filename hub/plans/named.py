"""What conditions name, and whether the account has it: a tag, a stage of the sales cycle, a field.

A name that is none yet is no error: an import may bring the tag tomorrow. But most of them are slips, and a condition that nobody
can meet passes its step over for everybody without a word; so it is told before the version is made ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.contacts import lists
from hub.plans.conditions import AnyCondition, FieldIs, HasTag, InCycle, StepEnded
from hub.plans.contact_fields import OF_EVERYBODY, fold
from hub.plans.drafting import StepDraft
from hub.plans.rules import PlanRules
from hub.plans.tokens import ALIKE


def known(account: Account) -> list[str]:
    """Everything there is to name, each once: tags, stages, fields."""
    return list(dict.fromkeys(name for kind in (HasTag, InCycle, FieldIs) for name in _names(account, kind)))


def of_steps(account: Account, steps: Sequence[StepDraft]) -> list[tuple[int, str]]:
    """The places, from 1, of the steps whose condition names what there is not, each with a sentence."""
    asked = ((position, step.only_if.when) for position, step in enumerate(steps, 1) if step.only_if is not None)
    return [(position, told) for position, when in asked for told in _missing(account, when)]


def of_rules(account: Account, said: PlanRules) -> list[str]:
    """The same for what ends the plan early."""
    return [told for rule in said.stops for told in _missing(account, rule.when)]


def _missing(account: Account, when: AnyCondition | StepEnded) -> Iterable[str]:
    if not isinstance(when, HasTag | InCycle | FieldIs):
        return
    names = {fold(name): name for name in _names(account, type(when))}
    if fold(when.name) in names:
        return
    near = get_close_matches(fold(when.name), names, n=1, cutoff=ALIKE)
    yield f"{_sentence(when)} {_('Did you mean “{name}”?').format(name=names[near[0]]) if near else ''}".strip()


def _names(account: Account, kind: type[HasTag | InCycle | FieldIs]) -> list[str]:
    if kind is HasTag:
        return [choice.name for choice in lists.tags(account)]
    if kind is InCycle:
        return [choice.name for choice in lists.sales_cycles(account)]
    return [*lists.custom_labels(account), *OF_EVERYBODY]


def _sentence(when: HasTag | InCycle | FieldIs) -> str:
    told = {
        "tag": _("There is no tag “{name}” in this account."),
        "sales_cycle": _("There is no stage “{name}” in this account's sales cycle."),
        "field": _("A contact has no field “{name}” in this account."),
    }
    return told[when.kind].format(name=when.name)
