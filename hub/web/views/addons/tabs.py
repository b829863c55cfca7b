"""The tabs of an add-on's page: only what the add-on has."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.manifest import Manifest
from hub.web.design.links import Link
from hub.web.request import HubRequest, may


def tabs(request: HubRequest, manifest: Manifest, current: str) -> list[Link]:
    """The tabs, the one in force marked. None at all for an add-on that is one page."""
    there = [
        ("addons:page", _("Overview"), "plug", True),
        ("addons:mappings", _("Mappings"), "arrow-right-left", bool(manifest.mappings)),
        ("addons:arrivals", _("Incoming"), "inbox", bool(manifest.webhooks)),
        ("addons:import", _("Import"), "download", bool(manifest.triggers) and may(request, "contacts.import")),
    ]
    shown = [one for one in there if one[3]]
    if len(shown) < 2:
        return []
    return [
        Link(label, reverse(name, args=[request.account.pk, manifest.name]), icon, current=name.endswith(current))
        for name, label, icon, _has in shown
    ]
