"""The Django app of the plans."""

from __future__ import annotations

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Tells the mappings, a floor below, what of an account's own there is to map to."""

    name = "hub.plans"
    label = "plans"

    def ready(self) -> None:
        from hub.addons.mappings import ours
        from hub.plans import shelves

        ours.use(shelves.of)
