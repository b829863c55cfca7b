"""The tabs of Settings: only those this person may open."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hub.web.design.links import Link
from hub.web.request import HubRequest, may

TABS = (
    ("account", _("Account"), "building-2", "account.view"),
    ("calendar", _("Calendar"), "calendar-days", "account.view"),
    ("spending", _("Spending"), "wallet", "account.view"),
    ("users", _("Users"), "users", "users.view"),
    ("subaccounts", _("Sub-accounts"), "network", "account.view"),
    ("locks", _("Locks"), "lock", "locks.edit"),
    ("api", _("API"), "key-round", "account.view"),
    ("audit", _("Audit log"), "scroll-text", "audit.view"),
)
"""Name of the address, label, icon, permission."""


def tabs(request: HubRequest, current: str) -> list[Link]:
    """The tabs, the one in force marked."""
    return [
        Link(label, reverse(f"settings:{name}", args=[request.account.pk]), icon, current=name == current)
        for name, label, icon, permission in TABS
        if may(request, permission)
    ]
