"""From papers to a plugin: the declarations made anew in the host, with stand-ins where there was code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from hub.core.actions import Action
from hub.core.addon import AddOnInfo
from hub.core.auth import Auth
from hub.core.hookspecs import hookimpl
from hub.core.mail import Mailer
from hub.core.outcomes import Outcome
from hub.core.records import Mapping as ChoiceMapping
from hub.core.records import Trigger, Webhook
from hub.core.tokens import TokenSet
from hub.dispatch.apart import answers, forms, hooks
from hub.dispatch.apart.coding import CHANGES, OUTCOMES
from hub.dispatch.apart.functions import Functions
from hub.dispatch.apart.papers import AUTHS, ActionPaper, MailerPaper, Papers, WayInPaper
from hub.dispatch.apart.passage import Passage

_OUTCOMES = {kind.__name__: kind for kind in OUTCOMES}
_CHANGES = {kind.__name__: kind for kind in CHANGES}


def meanings(errors: Mapping[int, str]) -> dict[int, type[Outcome]]:
    """Status → meaning, by the names of our outcomes."""
    return {status: _OUTCOMES[name] for status, name in errors.items()}


@dataclass(frozen=True)
class Away:
    """A plugin that runs apart, with the hooks of any plugin."""

    info: AddOnInfo
    actions: tuple[Action, ...]
    ways_in: tuple[Trigger | Webhook, ...]
    mappings: tuple[ChoiceMapping, ...]
    mailers: tuple[Mailer, ...]
    tokens: tuple[TokenSet, ...]

    @hookimpl
    def hub_addon(self) -> AddOnInfo:
        return self.info

    @hookimpl
    def hub_actions(self) -> Iterable[Action]:
        return self.actions

    @hookimpl
    def hub_triggers(self) -> Iterable[Trigger | Webhook]:
        return self.ways_in

    @hookimpl
    def hub_mappings(self) -> Iterable[ChoiceMapping]:
        return self.mappings

    @hookimpl
    def hub_auth(self) -> Iterable[Auth]:
        return (self.info.auth,)

    @hookimpl
    def hub_mailers(self) -> Iterable[Mailer]:
        return self.mailers

    @hookimpl
    def hub_tokens(self) -> Iterable[TokenSet]:
        return self.tokens


def rebuilt(data: Any, passage: Passage) -> Away:
    """The plugin that these papers declare.

    Raises:
        pydantic.ValidationError: these are no papers.
        DeclarationError: they declare what the contract does not allow.
    """
    papers = Papers.model_validate(data)
    endpoints = tuple(answers.stand_in(one, number, passage) for number, one in enumerate(papers.endpoints))
    functions = Functions(passage, endpoints)
    return Away(
        _info(papers, passage, endpoints, functions),
        tuple(_action(one, passage, functions) for one in papers.actions),
        tuple(_way_in(one, passage, functions) for one in papers.ways_in),
        papers.mappings,
        tuple(_mailer(one, functions) for one in papers.mailers),
        tuple(TokenSet(tokens, functions.tokens(number)) for number, tokens in enumerate(papers.tokens)),
    )


def _info(
    papers: Papers, passage: Passage, endpoints: tuple[answers.AwayEndpoint, ...], functions: Functions
) -> AddOnInfo:
    return AddOnInfo(
        papers.name, papers.title, forms.stand_in(papers.form, passage, ("settings",)), papers.summary, papers.base_url,
        TypeAdapter(AUTHS[papers.auth]).validate_python(papers.auth_data), papers.rate, meanings(papers.errors),
        papers.hosts, papers.contract, papers.aliases, papers.help, papers.links, papers.logo, papers.always_on, endpoints,
        {name: functions.of_account("options", name) for name in papers.options},
        functions.of_account("check") if papers.checks else None, at_once=papers.at_once,
    )  # fmt: skip


def _action(paper: ActionPaper, passage: Passage, functions: Functions) -> Action:
    look_up = functions.of_step("reconcile", paper.type) if paper.reconciles else None
    return Action(
        paper.type, paper.title, forms.stand_in(paper.form, passage, ("action", paper.type)),
        functions.of_step("action", paper.type), paper.needs, paper.lead_time, look_up,
        tuple(_CHANGES[name] for name in paper.changes), paper.advice, paper.icon, paper.channel,
        paper.needs_linked,
    )  # fmt: skip


def _way_in(paper: WayInPaper, passage: Passage, functions: Functions) -> Trigger | Webhook:
    if paper.verify is None:
        return Trigger(paper.name, paper.title, functions.of_trigger(paper.name), paper.kinds)
    payload, handle = hooks.payload(paper, passage), hooks.handler(paper, passage)
    return Webhook(paper.name, payload, handle, paper.verify, paper.dedupe)


def _mailer(paper: MailerPaper, functions: Functions) -> Mailer:
    return Mailer(
        paper.name, paper.title, functions.sending(paper.name) if paper.sends else None,
        functions.finding(paper.name) if paper.finds else None, paper.presets, paper.custom,
        functions.reading(paper.name) if paper.reads else None, paper.settle, paper.strong, paper.largest, paper.as_links,
        paper.domains, paper.replaces, paper.exchangers,
    )  # fmt: skip
