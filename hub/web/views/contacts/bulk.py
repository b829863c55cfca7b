"""Bulk changes: how far one is, what became of it, cancelling it, and the list of them.

The page can be left and found again; the work goes on without it. Whoever sees all contacts of the account sees all its bulk
changes; others see those they started themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.contacts.acts import ACTS
from hub.contacts.bulk import changes, reads
from hub.contacts.bulk.models import BulkChange
from hub.web.design.links import Link
from hub.web.design.progress import Progress
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views.contacts.finding import person_id, trail

State = BulkChange.State

COLUMNS = (
    Column(gettext_lazy("What")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Contacts"), kind="number"),
    Column(gettext_lazy("Changed"), kind="number"),
    Column(gettext_lazy("By")),
    Column(gettext_lazy("Started")),
)

LOOKS = {
    State.RUNNING: (gettext_lazy("Running"), "info", "loader"),
    State.DONE: (gettext_lazy("Done"), "success", "circle-check"),
    State.CANCELLED: (gettext_lazy("Cancelled"), "neutral", "ban"),
    State.FAILED: (gettext_lazy("Stopped"), "danger", "circle-x"),
}
"""Word, tone and icon of each state."""


@dataclass(frozen=True)
class Line:
    """A bulk change as a list shows it."""

    row: BulkChange
    title: str
    chosen: str
    href: str
    word: Any
    tone: str
    icon: str


@dataclass(frozen=True)
class Tile:
    """One number of the report."""

    label: str
    number: int
    tone: str
    icon: str
    note: str = ""


@page("contacts.view")
def change_list(request: HubRequest) -> HttpResponse:
    """Newest first."""
    found = reads.listing(request.account, whose(request), request.GET.get("cursor") or None)
    given = {
        "lines": [line(row) for row in found.rows], "columns": COLUMNS, "page": CursorPage.of(found),
        "own": whose(request) is not None, "trail": trail(request, Link(_("Bulk changes"), "")),
    }  # fmt: skip
    return render(request, "web/contacts/changes.html", given)


@page("contacts.view")
def change_page(request: HubRequest, change_id: int) -> HttpResponse:
    """One of them; for htmx only its progress, and the whole page again when the work has ended."""
    row = reads.get(request.account, change_id, whose(request))
    running = row.state == State.RUNNING
    given: dict[str, Any] = {
        "row": row, "line": line(row), "running": running, "job": _job(row, request), "poll_url": f"{address(row)}?part=progress",
        "cancel_url": reverse("contacts:cancel_change", args=[row.account_id, row.pk]) if _may_cancel(request, row) else "",
        "waits": running and row.lease_until is not None and row.lease_until < request.now,
    }  # fmt: skip
    if request.htmx and request.GET.get("part") == "progress":
        if running:
            return render(request, "web/contacts/change_progress.html", given)
        response = HttpResponse()
        response["HX-Redirect"] = address(row)
        return response
    given |= {"tiles": _tiles(row), "who": row.by.get("label", "")}
    given["trail"] = trail(request, Link(_("Bulk changes"), _list_address(request)), Link(given["line"].title, ""))
    return render(request, "web/contacts/change.html", given)


@page("contacts.view")
def cancel(request: HubRequest, change_id: int) -> HttpResponse:
    """Stop after the portion that is being changed."""
    row = reads.get(request.account, change_id, whose(request))
    if request.method == "POST":
        require(request, ACTS[row.act].permission)
        changes.cancel(request.account, row.pk, by=request.actor)
        messages.info(request, _("Stopped. What was changed up to here stays."))
    return redirect(address(row))


def whose(request: HubRequest) -> int | None:
    """Whose bulk changes this person sees: None for everybody's."""
    return None if request.viewer.sees == "all" else person_id(request)


def address(row: BulkChange) -> str:
    """Where its page is."""
    return reverse("contacts:change", args=[row.account_id, row.pk])


def running(request: HubRequest) -> list[Line]:
    """Those at work now, for the list of contacts."""
    return [line(row) for row in reads.running(request.account, whose(request))]


def line(row: BulkChange) -> Line:
    """A bulk change in words."""
    word, tone, icon = LOOKS[State(row.state)]
    return Line(row, _(ACTS[row.act].title), _chosen(row), address(row), word, tone, icon)


def _chosen(row: BulkChange) -> str:
    """What was chosen, as it was called then."""
    if row.act == "assign":
        return row.told.get("user") or _("Nobody")
    if "tags" in row.told:
        return ", ".join(row.told["tags"])
    return row.told.get("sales_cycle") or row.told.get("lead_source") or ""


def _may_cancel(request: HubRequest, row: BulkChange) -> bool:
    return may(request, ACTS[row.act].permission)


def _list_address(request: HubRequest) -> str:
    return reverse("contacts:changes", args=[request.account.pk])


def _job(row: BulkChange, request: HubRequest) -> Progress:
    ended = row.state != State.RUNNING
    return Progress(row.seen, row.asked, row.created_at, row.ended_at or request.now, _("contacts"), finished=ended)


def _tiles(row: BulkChange) -> list[Tile]:
    """The report: every contact that was meant stands in one of these but the first."""
    left_alone = _("archived or removed meanwhile, or no longer theirs to change")
    made = [
        Tile(_("Meant"), row.asked, "neutral", "users", _("when it was started")),
        Tile(_("Changed"), row.changed, "success", "circle-check"),
        Tile(_("Were so already"), row.unchanged, "neutral", "equal"),
        Tile(_("Left alone"), row.gone, "warning", "eye-off", left_alone),
        Tile(_("Not reached"), row.left, "danger", "ban", _("they stay as they were")),
    ]
    return [tile for tile in made if tile.number or tile.icon in ("users", "circle-check")]
