"""The tabs of Settings: only those this person may open."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hub.accounts import reads
from hub.addons import catalog
from hub.web.design.links import Link
from hub.web.request import HubRequest, may

TABS = (
    ("account", _("Account"), "building-2", "account.view"),
    ("calendar", _("Calendar"), "calendar-days", "account.view"),
    ("email", _("Email (SMTP & IMAP)"), "mail", "connection.edit"),
    ("spending", _("Spending"), "wallet", "account.view"),
    ("users", _("Users"), "users", "users.view"),
    ("subaccounts", _("Sub-accounts"), "network", "account.view"),
    ("lists", _("Lists"), "list", "account.view"),
    ("locks", _("Enterprise settings"), "lock", "locks.edit"),
    ("api", _("API"), "key-round", "account.view"),
    ("webhooks", _("Webhooks"), "webhook", "webhooks.view"),
    ("files", _("Files"), "paperclip", "plans.edit"),
    ("suppressed", _("Suppressed addresses"), "mail-x", "suppressions.view"),
    ("audit", _("Audit log"), "scroll-text", "audit.view"),
)
"""Name of the address, label, icon, permission."""


def tabs(request: HubRequest, current: str) -> list[Link]:
    """The tabs, the one in force marked; then those of the add-ons that are set up beyond their keys."""
    own = [
        Link(label, reverse(f"settings:{name}", args=[request.account.pk]), icon, current=name == current)
        for name, label, icon, permission in TABS
        if may(request, permission) and (name != "locks" or _has_beneath(request))
    ]
    return [*own, *_integrations(request)]


def _integrations(request: HubRequest) -> list[Link]:
    """Where what a vendor brings is matched with what is the account's own (R064): pages of Add-Ons, found here, too."""
    found = catalog.with_mappings(request.account) if may(request, "addons.view") else []
    return [
        Link(
            _("%(addon)s Integration") % {"addon": one.title},
            reverse("addons:mappings", args=[request.account.pk, one.name]), "arrow-right-left",
        )
        for one in found
    ]  # fmt: skip


def _has_beneath(request: HubRequest) -> bool:
    """Enterprise settings are for enterprises, and for whoever has accounts beneath (R047)."""
    return request.place.enterprise or reads.children(request.account).exists()
