"""What the person gave in files and words, read with care: a contact, settings, a step's options."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.facts import Contact
from hub.core.settings import FieldSpec, fields_of


def read(file: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Stop: there is none in the file.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as trouble:
        raise Stop(f"{file} holds no JSON: {trouble}.", 2) from None
    if not isinstance(data, dict):
        raise Stop(f"{file} must hold one JSON object.", 2)
    return data


def contact(file: Path) -> Contact:
    """A contact's facts; an id is made up where none is said.

    Raises:
        Stop: a field is unknown or wrong.
    """
    try:
        return Contact.model_validate({"id": "1", **read(file)})
    except ValidationError as trouble:
        error = trouble.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, error["loc"]))
        known = ", ".join(Contact.model_fields)
        raise Stop(f"{file}: {where}: {error['msg']}. A contact has: {known}.", 2) from None


def options(words: Iterable[str], action: Action) -> dict[str, Any]:
    """``name=value`` pairs as the step's stored settings. Lists and tables are written as JSON.

    Raises:
        Stop: a pair is not one, or the step has no such setting, or lacks one that it needs.
    """
    specs = {spec.name: spec for spec in fields_of(action.settings, step=True)}
    made: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in specs:
            raise Stop(f"{word} is not one of the step's settings. Write NAME=VALUE; there are: {', '.join(specs)}.", 2)
        made[name] = _value(specs[name], value)
    lacking = [name for name, spec in specs.items() if spec.required and name not in made]
    if lacking:
        raise Stop(f"The step needs {', '.join(lacking)}. Give it with: --option {lacking[0]}=VALUE", 2)
    return made


def _value(spec: FieldSpec, text: str) -> Any:
    if spec.kind not in ("lines", "table") or text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as trouble:
        raise Stop(f"{spec.name} is not readable as JSON: {trouble}.", 2) from None
