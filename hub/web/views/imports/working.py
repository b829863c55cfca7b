"""One import at work and afterwards: progress, the report, and what can be done with it.

The page can be left and found again; the work goes on without it. Every act is a POST that names the state it needs, so that of
two tabs one is told what the other did.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.contacts.bulk.changes import PORTION
from hub.db import turns
from hub.imports import actors, changes, reads
from hub.imports.mapping import new_labels
from hub.imports.models import WORKING, Import
from hub.imports.options import Options
from hub.plans.models import Plan
from hub.web.design.links import Link
from hub.web.design.progress import Progress
from hub.web.design.tables import CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, require
from hub.web.views.imports import reporting
from hub.web.views.imports.choosing import require_all
from hub.web.views.imports.finding import contacts_url, find, stages, trail, url
from hub.web.views.imports.tiles import tiles

State = Import.State


@page("contacts.import")
def import_page(request: HubRequest, import_id: int) -> HttpResponse:
    """The page of one import; for htmx only its progress, and the whole page again when the work has ended."""
    row = find(request, import_id)
    if row.state == State.MAPPING:
        return redirect(url("columns", row))
    vendor = row.kind == Import.Kind.VENDOR
    given = reporting.head(request, row) if vendor else _head(request, row)
    if request.htmx and request.GET.get("part") == "progress":
        if row.state in WORKING:
            return render(request, "web/imports/progress.html", given)
        response = HttpResponse()
        response["HX-Redirect"] = url("page", row)
        return response
    found = reads.problems(row, request.GET.get("cursor") or None)
    given |= {"problems": found.rows, "page": CursorPage.of(found), "contacts_url": contacts_url(row)}
    if vendor:
        return render(request, "web/imports/vendor_page.html", given | reporting.report(row))
    dry = row.state in (State.CHECKING, State.CHECKED)
    given |= {
        "tiles": tiles(row, _("Put on the plan"), dry=dry), "options": _options(row),
        "reported": row.counts.get("reported", 0), "dry": dry, "plan": _plan(row),
        "usable": sum(row.counts.get(name, 0) for name in ("created", "updated", "unchanged")),
    }  # fmt: skip
    return render(request, "web/imports/page.html", given)


@page("contacts.import")
def start(request: HubRequest, import_id: int) -> HttpResponse:
    """Begin the import itself."""
    row = find(request, import_id)
    if request.method == "POST":
        require_all(request, row.mapping.get("columns", ()), Options.model_validate(row.options))
        begun = changes.start(request.account, row.pk, by=request.actor)
        actors.ring(begun.pk, begun.page)
    return redirect(url("page", row))


@page("contacts.import")
def cancel(request: HubRequest, import_id: int) -> HttpResponse:
    """Stop after the page that is being read; a dry run goes back to its columns."""
    row = find(request, import_id)
    if request.method == "POST":
        row = changes.cancel(request.account, row.pk, by=request.actor)
        if row.state == State.CANCELLED:
            messages.info(request, _("Stopped. What was imported up to here stays; you can go on, or undo it."))
    return redirect(url("columns" if row.state == State.MAPPING else "page", row))


@page("contacts.import")
def resume(request: HubRequest, import_id: int) -> HttpResponse:
    """Go on where it stopped."""
    row = find(request, import_id)
    if request.method == "POST":
        require_all(request, row.mapping.get("columns", ()), Options.model_validate(row.options))
        row = changes.resume(request.account, row.pk, by=request.actor)
        actors.ring(row.pk, row.page, row.kind)
    return redirect(url("page", row))


@page("contacts.import", atomic=False)
def undo(request: HubRequest, import_id: int) -> HttpResponse:
    """Ask; then archive the contacts that the import made and nobody has touched since, so many at a time: see ``PORTION``."""
    row = find(request, import_id)
    require(request, "contacts.delete")
    if request.method != "POST":
        given = {"row": row, "trail": trail(request, Link(row.name, url("page", row)), Link(_("Undo"), ""))}
        return render(request, "web/imports/undo.html", given)
    archived = 0
    done = False
    while not done:
        with transaction.atomic():
            archived += changes.undo(request.account, row.pk, by=request.actor, most=PORTION).changed
        done = find(request, import_id).state == State.UNDONE
        turns.give_way()
    words = ngettext("%(n)s contact was archived.", "%(n)s contacts were archived.", archived)
    messages.success(request, words % {"n": f"{archived:,}"})
    return redirect(url("page", row))


@page("contacts.import")
def problem_rows(request: HubRequest, import_id: int) -> HttpResponse:
    """The rows that could not be used, as CSV: line, result, problem, the row as it came."""
    row = find(request, import_id)
    response = StreamingHttpResponse(
        (line.encode() for line in reads.problems_csv(row)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}-problems.csv"'
    return response  # type: ignore[return-value]  # an answer like any other to the door


def _head(request: HubRequest, row: Import) -> dict[str, Any]:
    return {
        "row": row, "job": _job(row, request), "stages": stages(row), "trail": trail(request, Link(row.name, "")),
        "poll_url": f"{url('page', row)}?part=progress", "cancel_url": url("cancel", row), "working": row.state in WORKING,
        "who": row.by.get("label", ""),
    }  # fmt: skip


def _job(row: Import, request: HubRequest) -> Progress:
    """As the progress bar wants it. How many rows there are is reckoned from the bytes read: quotation marks mislead no bytes."""
    done, working = row.counts.get("rows", 0), row.state in WORKING
    begun = row.started_at or request.now
    total = _rows_in_all(row, done) if working else done
    return Progress(
        done, total, begun, row.ended_at or request.now, _("rows"), row.counts.get("broken", 0), not working
    )


def _rows_in_all(row: Import, done: int) -> int:
    first = row.mapping.get("start", {}).get("offset", 0)
    read = row.cursor.get("offset", first) - first
    return max(done, round(done * (row.size - first) / read)) if read > 0 and done else row.rows_estimate


def _plan(row: Import) -> Plan | None:
    plan_id = Options.model_validate(row.options).plan_id
    return Plan.objects.filter(account_id=row.account_id, pk=plan_id).first() if plan_id else None


def _options(row: Import) -> list[tuple[str, Any]]:
    """What was chosen, in words."""
    chosen = Options.model_validate(row.options)
    existing = {"update": _("updated"), "keep": _("left as they are"), "new": _("added again")}
    used = [target for target in row.mapping["columns"] if target]
    return [
        (_("Columns used"), _("%(used)s of %(all)s") % {"used": len(used), "all": len(row.header)}),
        (_("Custom fields"), ", ".join(new_labels(used))),
        (_("Known contacts"), existing[chosen.existing]),
        (_("Tags for all"), ", ".join(chosen.tags)),
        (_("Written as"), row.encoding),
    ]
