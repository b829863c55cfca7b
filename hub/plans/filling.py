"""A step's settings as they would be sent to one contact, outside any sending: tokens filled, checked by the plugin's own form.

Form and tokens are the plugins' code. They are given a limit, and what goes wrong in them is a sentence: the page is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.core import facts
from hub.core.errors import Unreachable
from hub.core.guard import Failed, limited
from hub.core.registry import Claim, Registry
from hub.core.settings import Settings
from hub.core.tokens import TokenSet
from hub.dispatch import binding
from hub.plans import secrets
from hub.plans.facts import account_facts
from hub.plans.loading import LoadedStep


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of it.

    Attributes:
        settings: as they would be sent; None where nobody can say.
        problems: sentences for what is wrong with them.
        empty: the tokens that are empty for this contact.
    """

    settings: Settings | None = None
    problems: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def fill(step: LoadedStep, claim: Claim | None, contact: facts.Contact, account: Account, registry: Registry) -> Filled:
    """Fill the step's settings; nothing is known of a kind of step that no plugin claims."""
    if claim is None:
        return Filled()
    try:
        return _filled(step, claim, contact, account_facts(account), registry)
    except secrets.KeyLost as lost:
        problem = lost.sentence
    except binding.BadSettings as trouble:
        problem = _("The step's settings need another look: {what}.").format(what=trouble)
    except Unreachable:
        problem = _resting(claim.plugin.info.title)
    except Resting as trouble:
        problem = _resting(str(trouble))
    except TokensFailed as trouble:
        problem = _tokens_failed(trouble)
    except Failed as trouble:
        problem = _check_failed(claim, trouble)
    return Filled(problems=(problem,))


def _filled(
    step: LoadedStep, claim: Claim, contact: facts.Contact, account: facts.Account, registry: Registry
) -> Filled:
    given = step.settings()
    values = _values(given, contact, account, registry)
    settings, empty = limited(
        lambda: binding.step(claim.action.settings, given, lambda _wanted: values), binding.BadSettings, Unreachable
    )
    return Filled(settings, empty=empty)


def _values(
    given: Mapping[str, Any], contact: facts.Contact, account: facts.Account, registry: Registry
) -> dict[str, str]:
    """The house's tokens, and those of each plugin that this step names."""
    values = binding.values(contact, account)
    for group in registry.token_sets(binding.token_names(given)):
        try:
            values |= limited(partial(binding.values, contact, account, (group,)), Unreachable)
        except Unreachable:
            raise Resting(_whose(group, registry)) from None
        except Failed as trouble:
            raise TokensFailed(_whose(group, registry), trouble) from None
    return values


class Resting(Exception):
    """The process of the plugin with this title rests, and the tokens are its."""


class TokensFailed(Exception):
    """The tokens of a plugin could not be had: whose, and why."""

    def __init__(self, title: str, why: Failed) -> None:
        super().__init__(title)
        self.title, self.why = title, why


def _whose(group: TokenSet, registry: Registry) -> str:
    owners = (plugin.info.title for plugin in registry.plugins.values() if group in plugin.tokens)
    return next(owners, _("A plugin"))


def _resting(title: str) -> str:
    """The plugin's own process has ended and starts again soon; that says nothing of these settings."""
    return _("{plugin} cannot be asked about this step at this moment. Try again in a moment.").format(plugin=title)


def _tokens_failed(trouble: TokensFailed) -> str:
    if trouble.why.kind:
        sentence = _("The tokens of {plugin} failed with {name}, so a person would be asked. Its author must mend it.")
    else:
        sentence = _("The tokens of {plugin} did not come within {seconds} seconds. Its author must mend it.")
    return sentence.format(plugin=trouble.title, name=trouble.why.kind, seconds=f"{trouble.why.seconds:g}")


def _check_failed(claim: Claim, trouble: Failed) -> str:
    title = claim.plugin.info.title
    if trouble.kind:
        sentence = _("The check of the step's settings by {plugin} failed with {name}, so a person would be asked.")
    else:
        sentence = _(
            "The check of the step's settings by {plugin} did not end within {seconds} seconds. Its author must mend it."
        )
    return sentence.format(plugin=title, name=trouble.kind, seconds=f"{trouble.seconds:g}")
