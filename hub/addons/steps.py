"""May this step be kept in a plan? What the plan editor and *make ready* ask about a step's options.

Problems stop the plan from being made ready; warnings are told and leave the decision to the person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from hub.addons import connections, installed, typed
from hub.addons.connections import ConnectionState
from hub.addons.models import OptionsCache
from hub.addons.wording import Reason
from hub.core import tokens
from hub.core.registry import Claim, Plugin
from hub.core.settings import fields_of

STOPS = frozenset({Reason.PLUGIN_MISSING, Reason.NOT_AVAILABLE, Reason.OFF, Reason.PARENT_KEEPS_IT})
"""Without these a step of the add-on could never run; a refused key or a missing setting is mended later."""


@dataclass(frozen=True, slots=True)
class StepCheck:
    """The answer.

    Attributes:
        problems: a field's name (empty: the step as a whole) and a sentence, all at once.
        warnings: the same, for what may be right all the same.
        clean: the options to store; empty when there are problems with the options.
    """

    problems: tuple[typed.Problem, ...] = ()
    warnings: tuple[typed.Problem, ...] = ()
    clean: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems


def check(
    account: Any, action_type: str, options: Mapping[str, Any], *, known_tokens: Collection[str] | None = None
) -> StepCheck:
    """Hold a step's options against the action that claims its type.

    Args:
        account: a row or an id.
        known_tokens: the account's table of tokens, its custom fields included. Without it the house's and the plugin's
            tokens are known, and every custom field is taken on trust.
    """
    claim = installed.registry().claim(action_type)
    state = connections.state_of(account, action_type.partition(".")[0])
    if claim is None:
        return StepCheck((("", _unclaimed(action_type, state)),))
    known = known_tokens if known_tokens is not None else _Known(claim.plugin, options)
    outcome = typed.check(claim.action.settings, options, step=True, known=known)
    stops = state.reason in STOPS
    problems = ((("", state.sentence),) if stops else ()) + (outcome.problems or _uncallable(claim, outcome.clean))
    warnings = (*_inactive(state, stops), *_gone_choices(claim, options, state))
    return StepCheck(problems, warnings, outcome.clean)


def _unclaimed(action_type: str, state: ConnectionState) -> str:
    if state.reason is Reason.PLUGIN_MISSING and state.detail:
        return state.sentence
    return _(
        "No installed plugin carries out steps of the kind {type}. An operator can install it, or remove the step."
    ).format(type=action_type)


def _uncallable(claim: Claim, options: Mapping[str, Any]) -> tuple[typed.Problem, ...]:
    """Where an add-on calls what is typed, an address that would be refused at the call is refused here in the same words.

    Such an address is kept like a key, and the rules are those of the hub's way out, with what the operator lets through.
    """
    if not any(endpoint.open for endpoint in claim.plugin.info.endpoints):
        return ()
    secrets = [spec.name for spec in fields_of(claim.action.settings, step=True) if spec.kind == "secret"]
    addresses = {name: tokens.TOKEN.sub("x", str(options.get(name) or "")).strip() for name in secrets}
    egress = installed.outside().egress
    forbidden = {name: egress.why_not(url) for name, url in addresses.items() if url.lower().startswith("http")}
    return tuple((name, _("This cannot be called: {why}.").format(why=why)) for name, why in forbidden.items() if why)


def _inactive(state: ConnectionState, stops: bool) -> tuple[typed.Problem, ...]:
    return () if state.active or stops else (("", state.sentence),)


def _gone_choices(claim: Claim, options: Mapping[str, Any], state: ConnectionState) -> list[typed.Problem]:
    """A value that is not in the vendor's list as last read: deleted there, or typed in by hand."""
    sources = {spec.source: spec for spec in fields_of(claim.action.settings, step=True) if spec.kind == "options"}
    if not sources or state.connection_id is None:
        return []
    caches = OptionsCache.objects.filter(connection_id=state.connection_id, name__in=sources, fetched_at__isnull=False)
    return [
        (sources[cache.name].name, _("The vendor's list, as last read, does not hold this choice."))
        for cache in caches
        if (chosen := options.get(sources[cache.name].name))
        and str(chosen) not in {str(pair[0]) for pair in cache.data}
    ]


class _Known(Collection[str]):
    """The house's tokens and the plugin's, with every custom field taken on trust."""

    def __init__(self, plugin: Plugin, options: Mapping[str, Any]) -> None:
        self._names = {token.name for token in tokens.house_tokens()} | {
            token.name for group in plugin.tokens for token in group.tokens
        }
        used = {name for value in options.values() for text in typed.texts(value) for name in tokens.names(text)}
        self._names |= {name for name in used if name.startswith(typed.CUSTOM)}

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
