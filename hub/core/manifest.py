"""The manifest: an add-on frozen as data.

The catalog, the forms and the impact lists are drawn from this and from nothing else, so they look the same when the
plugin's code is broken or gone. It is written whenever a plugin loads, and kept.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from hub.core import fingerprint
from hub.core.actions import Action
from hub.core.endpoints import Endpoint
from hub.core.records import Trigger, Webhook
from hub.core.registry import Plugin
from hub.core.settings import FieldSpec, fields_of


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EndpointManifest(_Frozen):
    """A declared call."""

    method: str
    path: str
    effect: str = ""
    costly: bool = False
    attested: bool = True


class ActionManifest(_Frozen):
    """An action type, with its step form."""

    type: str
    title: str
    fields: tuple[FieldSpec, ...]
    needs: tuple[str, ...] = ()
    lead_time: str = ""
    reconciles: bool = False
    changes: tuple[str, ...] = ()
    advice: str = ""
    icon: str = ""
    channel: str = ""
    needs_linked: tuple[str, ...] | None = None


class TriggerManifest(_Frozen):
    """A pulled way in, and the kinds of record it brings → how people call them."""

    name: str
    title: str = ""
    kinds: dict[str, str] = {}


class MappingManifest(_Frozen):
    """A mapping table."""

    name: str
    title: str
    left: str
    right: str
    many: bool = False
    kinds: tuple[str, ...] = ()


class Manifest(_Frozen):
    """Everything a screen needs to know of an add-on.

    Attributes:
        digest: which code it was frozen from (:mod:`hub.core.fingerprint`).
    """

    name: str
    title: str
    summary: str = ""
    distribution: str = ""
    version: str = ""
    digest: str = ""
    contract: int = 1
    aliases: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    links: dict[str, str] = {}
    logo: str = ""
    always_on: bool = False
    hosts: tuple[str, ...] = ()
    rate: str = ""
    at_once: int = 0
    credential: str = ""
    credential_fields: tuple[str, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    options: tuple[str, ...] = ()
    checks: bool = False
    endpoints: tuple[EndpointManifest, ...] = ()
    actions: tuple[ActionManifest, ...] = ()
    triggers: tuple[TriggerManifest, ...] = ()
    webhooks: tuple[str, ...] = ()
    mappings: tuple[MappingManifest, ...] = ()
    mailers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()

    @field_validator("triggers", mode="before")
    @classmethod
    def _names_alone(cls, value: Any) -> Any:
        """Manifests of earlier hubs, in databases and in packages, hold the triggers' names and nothing else."""
        return [{"name": one} if isinstance(one, str) else one for one in value]

    @property
    def kinds(self) -> dict[str, str]:
        """All kinds of record its triggers bring → how people call them. Empty where records have one kind without a name."""
        return {kind: title for trigger in self.triggers for kind, title in trigger.kinds.items()}

    def action(self, type_: str) -> ActionManifest | None:
        """The action of this type, if the add-on has it."""
        return next((action for action in self.actions if action.type == type_), None)


def freeze(plugin: Plugin) -> Manifest:
    """Write down a loaded plugin."""
    info = plugin.info
    return Manifest(
        name=info.name, title=info.title, summary=info.summary, distribution=plugin.source.distribution,
        version=plugin.source.version, digest=fingerprint.of_module(plugin.source.module), contract=info.contract,
        aliases=info.aliases, help=info.help, links=dict(info.links), logo=info.logo, always_on=info.always_on,
        hosts=tuple(sorted(info.allowed_hosts)),
        rate=f"{info.rate.calls} per {info.rate.per}" if info.rate else "", at_once=info.at_once,
        credential=type(info.auth).__name__,
        credential_fields=info.auth.fields, fields=fields_of(info.settings), options=tuple(info.options),
        checks=info.check is not None, endpoints=tuple(_endpoint(e) for e in info.endpoints),
        actions=tuple(_action(a) for a in plugin.actions),
        triggers=tuple(
            TriggerManifest(name=t.name, title=t.title, kinds=dict(t.kinds))
            for t in plugin.ways_in if isinstance(t, Trigger)
        ),
        webhooks=tuple(w.name for w in plugin.ways_in if isinstance(w, Webhook)),
        mappings=tuple(MappingManifest(**dataclasses.asdict(m)) for m in plugin.mappings),
        mailers=tuple(m.name for m in plugin.mailers),
        tokens=tuple(token.name for group in plugin.tokens for token in group.tokens),
    )  # fmt: skip


def _endpoint(endpoint: Endpoint[Any]) -> EndpointManifest:
    effect = endpoint.effect
    return EndpointManifest(
        method=endpoint.method, path=endpoint.path, effect=effect.kind if effect else "",
        costly=bool(effect and effect.costly), attested=endpoint.attested,
    )  # fmt: skip


def _action(action: Action) -> ActionManifest:
    return ActionManifest(
        type=action.type, title=action.title, fields=fields_of(action.settings, step=True), needs=action.needs,
        lead_time=str(action.lead_time) if action.lead_time else "", reconciles=action.reconcile is not None,
        changes=tuple(change.__name__ for change in action.changes), advice=action.advice, icon=action.icon,
        channel=action.channel, needs_linked=action.needs_linked,
    )  # fmt: skip
