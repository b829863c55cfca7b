"""Which lists a kind of step depends on, that an account above may keep for those beneath. Pure."""

from __future__ import annotations

from hub.core.manifest import ActionManifest

OF_CHOICES = {"sales_cycle": "sales_cycle", "lead_source": "lead_sources", "tag": "tags"}
"""What a field is chosen from → the lock that may hold that list."""

OF_CHANGES = {"SetSalesCycle": "sales_cycle", "AddTags": "tags"}
"""What an action may change of a contact → the same."""


def subjects_of(action: ActionManifest) -> list[str]:
    """The locks that may bind a step of this kind, each once."""
    chosen = [OF_CHOICES[spec.source] for spec in action.fields if spec.source in OF_CHOICES and spec.kind == "choice"]
    changed = [OF_CHANGES[change] for change in action.changes if change in OF_CHANGES]
    return list(dict.fromkeys([*chosen, *changed]))
