"""What the manifests say of action types: forms, needs, lead times. Read from data, so it works with a plugin broken or gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.addons import models as addons
from hub.core.manifest import ActionManifest, Manifest


@dataclass(frozen=True, slots=True)
class Need:
    """Something that steps need of a contact.

    Attributes:
        name: of :data:`hub.core.facts.NEEDS`.
        whose: (add-on, linked): only of contacts whom that add-on's vendor knows, or does not know. Empty: of everybody.
    """

    name: str
    whose: tuple[tuple[str, bool], ...] = ()


def manifests(action_types: Iterable[str]) -> dict[str, ActionManifest]:
    """Action type → its manifest, for those that any plugin ever claimed."""
    wanted = set(action_types)
    names = {action_type.partition(".")[0] for action_type in wanted}
    rows = addons.Manifest.objects.filter(addon__in=names).values_list("data", flat=True)
    known = [action for data in rows if data for action in Manifest.model_validate(data).actions]
    return {action.type: action for action in known if action.type in wanted}


def needs(action_types: Iterable[str]) -> tuple[Need, ...]:
    """All that these action types together need of a contact, each once."""
    whose: dict[str, set[tuple[str, bool] | None]] = {}
    for action in manifests(action_types).values():
        addon, linked = action.type.partition(".")[0], action.needs_linked
        for name in action.needs:
            whose.setdefault(name, set()).add(None if linked is None or name in linked else (addon, False))
        for name in set(linked or ()) - set(action.needs):
            whose.setdefault(name, set()).add((addon, True))
    return tuple(Need(name, () if None in each else tuple(sorted(filter(None, each)))) for name, each in whose.items())
