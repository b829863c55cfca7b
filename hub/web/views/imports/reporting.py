"""The page of one import of a vendor's records: how far it is, why it waits, and the report."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from hub.imports.models import WORKING, Import
from hub.web.design.links import Link
from hub.web.design.progress import Progress
from hub.web.request import HubRequest
from hub.web.templatetags.ui_showing import draw_moment
from hub.web.views.imports.finding import url
from hub.web.views.imports.tiles import tiles

State = Import.State


def head(request: HubRequest, row: Import) -> dict[str, Any]:
    """What the page and its progress share."""
    back = reverse("addons:import", args=[row.account_id, row.addon])
    addons = Link(_("Add-Ons"), reverse("addons:list", args=[row.account_id]))
    title = row.name.partition(":")[0]
    return {
        "row": row, "job": _job(request, row), "trail": [addons, Link(title, back), Link(_("Import"), "")], "back": back,
        "poll_url": f"{url('page', row)}?part=progress", "cancel_url": url("cancel", row), "working": row.state in WORKING,
        "who": row.by.get("label", ""), "dry": row.dry,
    }  # fmt: skip


def report(row: Import) -> dict[str, Any]:
    """What became of the records."""
    return {
        "tiles": tiles(row, _("Would start plans") if row.dry else _("Plans started"), dry=row.dry),
        "unmapped": sorted(_unmapped(row), key=lambda one: (-one[1], one[0])),
        "facts": _facts(row),
    }


def _job(request: HubRequest, row: Import) -> Progress:
    """How many there are in all, the vendor does not say."""
    working, begun = row.state in WORKING, row.started_at or request.now
    broken = row.counts.get("broken", 0)
    return Progress(
        row.counts.get("rows", 0), None, begun, row.ended_at or request.now, _("records"), broken, not working
    )


def _unmapped(row: Import) -> list[tuple[str, int]]:
    return list(row.mapping.get("unmapped", {}).items())


def _facts(row: Import) -> list[tuple[str, Any]]:
    since = row.since and format_html(_("What changed since {at}"), at=draw_moment(row.since, "full"))
    asked = since or _("Everything")
    return [
        (_("Asked for"), asked),
        (_("Begun by"), _("the timetable") if row.scheduled else row.by.get("label", "")),
        (_("Records"), f"{row.counts.get('rows', 0):,}"),
    ]
