"""A second account's settings: everything that may differ from the first one's does."""

from __future__ import annotations

from typing import Any

from hub.core.settings import FieldSpec, fields_of
from hub.testing.proofs.bench import Bench


def other_settings(bench: Bench) -> dict[str, Any]:
    """Field by field another value, as far as the form takes it."""
    model = bench.plain.info.settings
    made = dict(bench.settings)
    for spec in fields_of(model):
        if spec.name not in made:
            continue
        tried = {**made, spec.name: _other(spec, made[spec.name])}
        try:
            model.model_validate(tried)
        except Exception:  # its validators are the plugin's, and may raise anything
            continue
        made = tried
    return made


def _other(spec: FieldSpec, value: Any) -> Any:
    if spec.choices:
        return spec.choices[-1][0]
    if not isinstance(value, str):
        return value
    if value.startswith(("https://", "http://")):
        return "https://second.example/hook"
    return "second@example.org" if "@" in value else f"second-{spec.name}-2208"
