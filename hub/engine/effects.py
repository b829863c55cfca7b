"""An effect class written down with its attempt and read back: what the plugin declared *then* is what counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.core.effects import Effect, EffectClass
from hub.engine.models import Attempt


def to_json(effect: Effect) -> dict[str, Any]:
    """For the attempt's row."""
    return {
        "kind": effect.kind, "costly": effect.costly, "header": effect.header, "window": effect.window.total_seconds(),
        "settle": effect.settle.total_seconds(), "strong": effect.strong,
        "max_processing": effect.max_processing.total_seconds(), "reconciles": effect.reconciles,
    }  # fmt: skip


def from_json(data: Mapping[str, Any]) -> Effect:
    """From the attempt's row."""
    window, settle, longest = (timedelta(seconds=data[name]) for name in ("window", "settle", "max_processing"))
    reconciles = data.get("reconciles", False)  # written since November 2026
    return Effect(data["kind"], data["costly"], data["header"], window, settle, data["strong"], longest, reconciles)


def klass(attempt: Attempt) -> EffectClass:
    """The class under which an attempt was made."""
    return EffectClass(attempt.effect_class)
