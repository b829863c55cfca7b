"""Words that a run's page and the page of an archived run share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.addons import catalog


def outcome(code: str) -> str:
    """What became of an attempt."""
    words = {
        "acted": _("The vendor did it"), "refused": _("The vendor refused; nothing was done"),
        "not_sent": _("It never left"), "unclear": _("No readable answer: it may or may not have happened"),
        "given_up": _("Given up by a person, who sent it again"),
    }  # fmt: skip
    return words.get(code, code)


def action(action_type: str) -> str:
    """The kind of step by its title, and by its name for whoever looks it up."""
    found = catalog.action(action_type)
    return f"{found.title} ({action_type})" if found else action_type
