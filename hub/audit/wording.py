"""From an audit row to a sentence, when somebody looks. Pure.

The words are made from the stored ones: `role_changed` on `user` becomes “role changed: user Ada”. What a thing was called
at the time is in the row's data; things are never looked up, for they may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

N_ = gettext_noop

OBJECTS: dict[str, str] = {
    "account": N_("account"),
    "addon": N_("add-on"),
    "address": N_("address"),
    "api_key": N_("API key"),
    "api_user": N_("API user"),
    "contact": N_("contact"),
    "enrollment": N_("enrollment"),
    "filter": N_("saved filter"),
    "hook": N_("webhook"),
    "import": N_("import"),
    "lead_source": N_("lead source"),
    "mail_file": N_("file"),
    "mailbox": N_("mailbox"),
    "plan": N_("plan"),
    "sales_cycle": N_("sales cycle"),
    "step_run": N_("step"),
    "tag": N_("tag"),
    "user": N_("user"),
}
"""Kinds of things people filter by."""

_NAMES = ("name", "username", "title", "subject", "addon", "address")
LONGEST_VALUE = 120  # characters of a value in a list of changes


def what(verb: str) -> str:
    """The deed in words: “role changed”."""
    return verb.replace("_", " ").replace(".", " ")


def thing(kind: str) -> str:
    """The kind of thing in words."""
    return gettext(OBJECTS[kind]) if kind in OBJECTS else kind.replace("_", " ")


def name(data: Any, object_id: str) -> str:
    """What the thing was called, as far as the row knows."""
    given = data if isinstance(data, Mapping) else {}
    return next((str(given[key]) for key in _NAMES if given.get(key)), object_id)


def changes(data: Any) -> list[tuple[str, str, str]]:
    """Field, before and after, for rows that keep both."""
    changed = data.get("changed") if isinstance(data, Mapping) else None
    if not isinstance(changed, Mapping):
        return []
    pairs = [(field, values) for field, values in changed.items() if isinstance(values, list) and len(values) == 2]
    return [(what(str(field)), _short(before), _short(after)) for field, (before, after) in pairs]


def further(data: Any) -> list[tuple[str, str]]:
    """What else the row says, in pairs."""
    given = data if isinstance(data, Mapping) else {}
    return [
        (what(str(key)), _short(value))
        for key, value in given.items()
        if key != "changed" and value not in ("", None, [])
    ]


def _short(value: Any) -> str:
    text = ", ".join(str(part) for part in value) if isinstance(value, list) else str("" if value is None else value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
