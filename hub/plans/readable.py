"""A step's settings as people read them: a line each, and nothing of what is secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import SecretStr

from hub.core import redact
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.core.tokens import Template

HIDDEN = "••••"

LONG = ("long", "template", "table", "lines", "rich", "choices")
"""Kinds of fields whose text wants a block of its own."""


@dataclass(frozen=True, slots=True)
class Line:
    """One of them.

    Attributes:
        name, label: the field's.
        long: shown in a block of its own, its breaks kept.
    """

    name: str
    label: str
    text: str
    long: bool = False


def of(filled: Settings) -> Iterator[Line]:
    """The lines of settings whose tokens are filled."""
    for spec in fields_of(type(filled), step=True):
        yield Line(spec.name, spec.label, _text(spec, getattr(filled, spec.name)), spec.kind in LONG)


def _text(spec: FieldSpec, value: Any) -> str:
    if spec.kind == "secret":
        return redact.masked(_revealed(value), HIDDEN) if value else ""
    if isinstance(value, Template):
        return value.render("xml" if spec.kind == "rich" else "plain")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {item}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)


def _revealed(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
