"""What was done to a plan, worded from the audit log: a verb and its data become a sentence when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.audit.models import AuditRow


@dataclass(frozen=True)
class Deed:
    """One line of the activity."""

    row: AuditRow
    icon: str
    sentence: str


def deed(row: AuditRow) -> Deed:
    """A row in words; a verb that nobody has worded yet is shown as itself."""
    icon, words = _WORDS.get(row.verb, ("history", lambda data: row.verb.replace("_", " ").capitalize()))
    return Deed(row, icon, words(row.data if isinstance(row.data, dict) else {}))


def _version(sentence: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: _(sentence) % {"version": data.get("version", "?")}


def _saved(data: Mapping[str, Any]) -> str:
    steps = _number(data.get("steps"))
    words = ngettext("Saved the draft: %(n)s step", "Saved the draft: %(n)s steps", steps)
    return words % {"n": steps}


def _enrolled(data: Mapping[str, Any]) -> str:
    number = _number(data.get("enrolled"))
    words = ngettext("Put %(n)s contact on the plan", "Put %(n)s contacts on the plan", number)
    return words % {"n": number}


def _edited(data: Mapping[str, Any]) -> str:
    changed = data.get("changed")
    names = ", ".join(sorted(changed)) if isinstance(changed, dict) else ""
    return _("Changed: %(names)s") % {"names": names.replace("_", " ")}


def _slept(data: Mapping[str, Any]) -> str:
    days = data.get("sleeps")
    told = ", ".join(str(span) for span in days) if isinstance(days, list) else ""
    return _("The plan sleeps %(days)s") % {"days": told} if told else _("The plan sleeps no more")


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


_WORDS: dict[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "created": ("plus", lambda data: _("Made the plan")),
    "copied": ("copy", lambda data: _("Made it as a copy of another plan")),
    "edited": ("settings-2", _edited),
    "draft_made": ("pencil", _version("Started the draft of version %(version)s")),
    "draft_saved": ("save", _saved),
    "rules_saved": ("clock", lambda data: _("Changed the hours of the draft")),
    "sleeps_saved": ("moon", _slept),
    "draft_discarded": ("trash-2", _version("Discarded the draft of version %(version)s")),
    "made_ready": ("circle-check", _version("Made version %(version)s ready")),
    "enrolled": ("user-plus", _enrolled),
    "archived": ("archive", lambda data: _("Archived the plan")),
    "restored": ("archive-restore", lambda data: _("Opened the plan again")),
}
