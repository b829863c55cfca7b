"""The chooser of a new step: the built-in kinds and those of every add-on that is on in this account, and no others (R004)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.core.manifest import ActionManifest
from hub.web.views.plans import step_form
from hub.web.views.plans.step_form import Kind


@dataclass(frozen=True)
class Group:
    """The kinds of one add-on. ``trouble`` says why its steps would wait just now."""

    title: str
    kinds: list[Kind] = field(default_factory=list)
    trouble: str = ""


def groups(account: Any) -> list[Group]:
    """The chooser's groups: the built-in steps first, then the add-ons by title."""
    offered: list[ActionManifest] = catalog.action_types(account)
    known = step_form.kinds_of(account, [action.type for action in offered])
    found: dict[str, Group] = {}
    for action in offered:
        kind = known[action.type]
        title = kind.addon if kind.outside else _("Built in")
        trouble = "" if kind.state.active else kind.state.sentence
        found.setdefault(kind.state.addon, Group(title, [], trouble)).kinds.append(kind)
    for group in found.values():
        group.kinds.sort(key=lambda kind: kind.title)
    return list(found.values())


def is_offered(account: Any, action_type: str) -> bool:
    """Whether a new step of this kind may be made here."""
    return any(action.type == action_type for action in catalog.action_types(account))
