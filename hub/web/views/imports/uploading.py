"""Taking the file, and the list of what was imported before."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Problem
from hub.imports import changes, reads
from hub.imports.models import WORKING, Import
from hub.imports.upload import MOST_BYTES, MOST_ROWS
from hub.web.design.links import Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.forms import StoredForm
from hub.web.request import HubRequest
from hub.web.views.imports.finding import require_sight_of_all, stages, trail, url

COLUMNS = (
    Column(gettext_lazy("File")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("New"), kind="number"),
    Column(gettext_lazy("Updated"), kind="number"),
    Column(gettext_lazy("Not usable"), kind="number"),
    Column(gettext_lazy("By")),
    Column(gettext_lazy("Uploaded")),
)

TONES = {
    Import.State.DONE: ("success", "circle-check"), Import.State.FAILED: ("danger", "circle-x"),
    Import.State.RUNNING: ("info", "loader"), Import.State.CHECKING: ("info", "loader"),
    Import.State.CANCELLED: ("warning", "ban"), Import.State.UNDONE: ("neutral", "undo-2"),
}  # fmt: skip
"""State → tone and icon; the others wait for a person."""


class UploadForm(StoredForm):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )  # fmt: skip


@page("contacts.import")
def upload(request: HubRequest) -> HttpResponse:
    """Choose or drop a file. What is no CSV file is told from the file itself, not from its name."""
    require_sight_of_all(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    problem = None
    if request.method == "POST" and form.is_valid():
        file: Any = form.cleaned_data["file"]
        try:
            row = changes.receive(request.account, file.name or "", file.chunks(), by=request.actor)
        except Problem as found:
            problem = found
            form.add_error("file", found.sentence)
        else:
            return redirect(url("columns", row))
    given = {
        "form": form, "problem": problem, "stages": stages(None), "trail": trail(request, Link(_("Import a file"), "")),
        "megabytes": MOST_BYTES // 1024 // 1024, "rows": MOST_ROWS,
        "recent": reads.listing(request.account, size=3).rows,
    }  # fmt: skip
    return render(request, "web/imports/upload.html", given, status=422 if form.errors else 200)


@page("contacts.import")
def imports(request: HubRequest) -> HttpResponse:
    """Every import of the account, newest first."""
    require_sight_of_all(request)
    found = reads.listing(request.account, request.GET.get("cursor") or None)
    given = {
        "lines": [line(row) for row in found.rows], "columns": COLUMNS,
        "page": CursorPage.of(found),
    }  # fmt: skip
    return render(request, "web/imports/list.html", given | {"trail": trail(request)})


def line(row: Import) -> dict[str, Any]:
    """An import as its row shows it; the numbers of a dry run are not those of an import, and stand on its own page."""
    tone, icon = TONES.get(Import.State(row.state), ("neutral", "pencil"))
    dry = row.state in (Import.State.MAPPING, Import.State.CHECKING, Import.State.CHECKED)
    return {
        "row": row, "dry": dry, "tone": tone, "icon": icon, "counts": {} if dry else row.counts, "who": row.by.get("label", ""),
        "href": url("columns" if row.state == Import.State.MAPPING else "page", row), "working": row.state in WORKING,
    }  # fmt: skip
