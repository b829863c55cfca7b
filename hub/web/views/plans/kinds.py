"""The kinds of step: what is known of one in this account, and which of them a new step may be.

Everything is read from the frozen manifests, so a kind is known while its plugin is broken or gone. A new step may be one of the
built-in kinds or of the add-ons that are on in this account, and no other (R004).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from hub.addons import catalog, connections
from hub.addons import forms as addon_forms
from hub.addons.connections import ConnectionState
from hub.addons.models import Connection
from hub.core.durations import LeadTime, lead_time
from hub.core.manifest import ActionManifest, Manifest
from hub.web.design import icons

FALLBACK_ICON = "puzzle"


@dataclass(frozen=True)
class Kind:
    """A kind of step as the editor knows it: from the frozen manifest, so it is there when the plugin is not.

    Attributes:
        action: None when no plugin that ever ran here claims the type.
        state: whether its add-on is active in this account, and if not, why not.
        connection: whose live lists are read; None for an add-on without one.
    """

    action_type: str
    manifest: Manifest | None
    action: ActionManifest | None
    state: ConnectionState
    connection: Connection | None = None

    @property
    def title(self) -> str:
        return self.action.title if self.action else self.action_type

    @property
    def addon(self) -> str:
        return self.state.title or self.action_type.partition(".")[0]

    @property
    def icon(self) -> str:
        return icons.known_or(self.action.icon if self.action else "", FALLBACK_ICON)

    @property
    def lead(self) -> LeadTime | None:
        """From the step to the door. The manifest's text says *business* where it means it; authors may leave the word out."""
        text = self.action.lead_time if self.action else ""
        found = lead_time(text) if text else None
        return found if found is None or "business" in text else replace(found, business=False)

    @property
    def inside(self) -> bool:
        """Whether nothing of it leaves the hub: it only changes something in the account, or lets time pass."""
        return not self.outside and self.action is not None and bool(self.action.changes or not self.action.fields)

    @property
    def can_be_tried(self) -> bool:
        """Whether a test of it sends something; what only changes the contact is shown by the preview."""
        return self.action is not None and not self.inside

    @property
    def outside(self) -> bool:
        """Whether it belongs to an add-on that can be switched off."""
        return not (self.manifest and self.manifest.always_on)


def kind_of(account: Any, action_type: str) -> Kind:
    """Everything known of an action type in this account."""
    return kinds_of(account, [action_type])[action_type]


def kinds_of(account: Any, action_types: Iterable[str]) -> dict[str, Kind]:
    """The same for the steps of a whole plan, each add-on looked up once."""
    wanted = set(action_types)
    addons = {action_type.partition(".")[0] for action_type in wanted}
    manifests = {addon: catalog.manifest(addon) for addon in addons}
    states = connections.states_for((account.pk, addon) for addon in addons)
    rows = connections.by_id(state.connection_id for state in states.values() if state.connection_id)
    return {one: _kind(one, manifests, states[account.pk, one.partition(".")[0]], rows) for one in wanted}


def _kind(
    action_type: str,
    manifests: Mapping[str, Manifest | None],
    state: ConnectionState,
    rows: Mapping[int, Connection],
) -> Kind:
    manifest = manifests[action_type.partition(".")[0]]
    action = manifest.action(action_type) if manifest else None
    connection = rows.get(state.connection_id) if state.connection_id else None
    return Kind(action_type, manifest, action, state, connection)


def labels(kind: Kind) -> dict[str, dict[str, str]]:
    """Field → value → label, for the live lists of this kind as they were last read."""
    if kind.action is None or kind.connection is None:
        return {}
    fields = addon_forms.step_form(manifest_of(kind), kind.action_type, kind.connection, {})
    return {one.spec.name: dict(one.choices) for one in fields if one.spec.kind == "options"}


def manifest_of(kind: Kind) -> Manifest:
    """The manifest that an action came out of."""
    assert kind.manifest is not None  # an action comes out of a manifest
    return kind.manifest


# --- for a new step -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """The kinds of one add-on. ``trouble`` says why its steps would wait just now."""

    title: str
    kinds: list[Kind] = field(default_factory=list)
    trouble: str = ""


def groups(account: Any) -> list[Group]:
    """The chooser's groups: the built-in steps first, then the add-ons by title."""
    offered: list[ActionManifest] = catalog.action_types(account)
    known = kinds_of(account, [action.type for action in offered])
    found: dict[str, Group] = {}
    for action in offered:
        kind = known[action.type]
        title = kind.addon if kind.outside else _("Built in")
        trouble = "" if kind.state.active else kind.state.sentence
        key = kind.state.addon if kind.outside else ""
        found.setdefault(key, Group(title, [], trouble)).kinds.append(kind)
    for group in found.values():
        group.kinds.sort(key=lambda kind: kind.title)
    return list(found.values())


def is_offered(account: Any, action_type: str) -> bool:
    """Whether a new step of this kind may be made here."""
    return any(action.type == action_type for action in catalog.action_types(account))
