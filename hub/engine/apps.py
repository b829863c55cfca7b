"""The engine as a Django app: makes the broker before any actor is declared."""

from __future__ import annotations

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Puts the broker in force as soon as the apps are loaded."""

    name = "hub.engine"
    label = "engine"

    def ready(self) -> None:
        from hub.engine import broker

        broker.make()
