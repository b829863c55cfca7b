"""What the manifests say of action types: forms, needs, lead times. Read from data, so it works with a plugin broken or gone."""

from __future__ import annotations

from collections.abc import Iterable

from hub.addons import models as addons
from hub.core.manifest import ActionManifest, Manifest


def manifests(action_types: Iterable[str]) -> dict[str, ActionManifest]:
    """Action type → its manifest, for those that any plugin ever claimed."""
    wanted = set(action_types)
    names = {action_type.partition(".")[0] for action_type in wanted}
    rows = addons.Manifest.objects.filter(addon__in=names).values_list("data", flat=True)
    known = [action for data in rows if data for action in Manifest.model_validate(data).actions]
    return {action.type: action for action in known if action.type in wanted}


def needs(action_types: Iterable[str]) -> tuple[str, ...]:
    """All that these action types together need of a contact, names of :data:`hub.core.facts.NEEDS`, each once."""
    found = manifests(action_types).values()
    return tuple(dict.fromkeys(need for action in found for need in action.needs))
