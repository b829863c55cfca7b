"""The *Import* tab of an add-on: the last import, importing now, the timetable, and what was imported before.

There is one card for each trigger that brings records. Whoever may import a file may press *Import now*; the timetable is a
setting of the add-on, so it is changed by those who may change its settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons.catalog import Entry
from hub.addons.mappings import reading
from hub.core.manifest import TriggerManifest
from hub.db.errors import Invalid, NotFound
from hub.imports import actors
from hub.imports.ending import summary
from hub.imports.models import Import, ImportSchedule
from hub.imports.vendor import changes, reads
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest
from hub.web.views.addons import finding
from hub.web.views.addons.tabs import tabs
from hub.web.views.imports.finding import require_sight_of_all, url
from hub.web.views.imports.uploading import line

COLUMNS = (
    Column(gettext_lazy("Begun")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("New"), kind="number"),
    Column(gettext_lazy("Updated"), kind="number"),
    Column(gettext_lazy("Not mapped"), kind="number"),
    Column(gettext_lazy("Not usable"), kind="number"),
    Column(gettext_lazy("By")),
)

EVERY = (
    (15, gettext_lazy("15 minutes")), (30, gettext_lazy("30 minutes")), (60, gettext_lazy("hour")),
    (120, gettext_lazy("2 hours")), (240, gettext_lazy("4 hours")), (720, gettext_lazy("12 hours")),
    (1440, gettext_lazy("day")),
)  # fmt: skip
"""What the page offers; the room takes any number of minutes between the first and the last."""


PARTS_SHOWN = (
    ("name", gettext_lazy("Name")), ("email", gettext_lazy("E-mail")), ("phones", gettext_lazy("Phone numbers")),
    ("company", gettext_lazy("Company")), ("address", gettext_lazy("Address")), ("custom", gettext_lazy("Custom fields")),
)  # fmt: skip
"""What :data:`hub.contacts.incoming.PARTS` are called."""


class TimetableForm(StoredForm):
    """On or off, and how often."""

    on = forms.BooleanField(label=gettext_lazy("Import by itself"), required=False)
    every_minutes = forms.TypedChoiceField(label=gettext_lazy("Every"), choices=EVERY, coerce=int)


class KnownForm(StoredForm):
    """What the vendor may change of contacts that are known already."""

    overwrites = forms.MultipleChoiceField(
        label=gettext_lazy("Keep as the vendor has it"), choices=PARTS_SHOWN, required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("An import overwrites what is chosen here. Of all else it only fills in what is empty."),
    )  # fmt: skip
    mostly_optional = True


class StartForm(StoredForm):
    """How much is asked for."""

    everything = forms.BooleanField(
        label=gettext_lazy("Ask for everything, not only for what changed since the last import"), required=False
    )


@dataclass(frozen=True)
class Way:
    """One trigger on the page.

    Attributes:
        last: the last whole success.
        form: of the timetable.
        known: the form of what it may change of known contacts.
    """

    trigger: TriggerManifest
    last: Import | None
    told: str
    schedule: ImportSchedule
    form: TimetableForm
    known: KnownForm


@page("contacts.import")
def overview(request: HubRequest, addon: str) -> HttpResponse:
    """The tab."""
    return _draw(request, _entry(request, addon))


@page("contacts.import")
def start(request: HubRequest, addon: str) -> HttpResponse:
    """Begin an import or a dry run. Where nothing at all is mapped, somebody has to say that they mean it (R079)."""
    found = _entry(request, addon)
    if request.method != "POST":
        return redirect(_url(request, addon))
    trigger, dry = _trigger(request, found), "dry" in request.POST
    if not dry and "anyway" not in request.POST and reading.of(request.account, addon).is_empty:
        return _draw(request, found, warned=trigger.name, everything="everything" in request.POST)
    row = changes.start(
        request.account, addon, trigger.name, by=request.actor, dry=dry, everything="everything" in request.POST
    )
    actors.ring(row.pk, row.page, row.kind)
    return redirect(url("page", row))


@page("addons.edit")
def schedule(request: HubRequest, addon: str) -> HttpResponse:
    """Switch the timetable on or off."""
    found = _entry(request, addon)
    if request.method != "POST":
        return redirect(_url(request, addon))
    trigger, form = _trigger(request, found), TimetableForm(request.POST)
    if form.is_valid():
        try:
            kept = changes.set_schedule(request.account, addon, trigger.name, by=request.actor, **form.cleaned_data)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(
                request, _("It imports by itself now.") if kept.on else _("It no longer imports by itself.")
            )
            return redirect(_url(request, addon))
    return _draw(request, found, wrong={trigger.name: form}, status=422)


@page("addons.edit")
def known(request: HubRequest, addon: str) -> HttpResponse:
    """What an import may change of contacts that are known already."""
    found = _entry(request, addon)
    if request.method == "POST":
        form = KnownForm(request.POST)
        if not form.is_valid():
            raise Invalid({"overwrites": _("Choose from the list.")})
        parts = form.cleaned_data["overwrites"]
        changes.set_overwrites(request.account, addon, _trigger(request, found).name, parts, by=request.actor)
        messages.success(request, _("Saved. It counts from the next page of an import on."))
    return redirect(_url(request, addon))


def _draw(
    request: HubRequest,
    found: Entry,
    *,
    warned: str = "",
    everything: bool = False,
    wrong: dict[str, TimetableForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    addon = found.manifest.name
    rows = reads.listing(request.account, addon, request.GET.get("cursor") or None)
    context = {
        "entry": found, "manifest": found.manifest, "state": finding.code(found),
        "tabs": tabs(request, found.manifest, "addons:import"),
        "ways": [_way(request, addon, one, (wrong or {}).get(one.name)) for one in found.manifest.triggers],
        "working": reads.at_work(request.account, addon), "warned": warned, "everything": everything,
        "start_form": StartForm(initial={"everything": everything}), "maps": bool(found.manifest.mappings),
        "lines": [line(row) for row in rows.rows], "columns": COLUMNS, "page": CursorPage.of(rows),
    }  # fmt: skip
    return render(request, "web/addons/import.html", context, status=status)


def _way(request: HubRequest, addon: str, trigger: TriggerManifest, form: TimetableForm | None) -> Way:
    last = reads.last(request.account, addon, trigger.name)
    kept = reads.schedule(request.account, addon, trigger.name)
    drawn = form or TimetableForm(initial={"on": kept.on, "every_minutes": kept.every_minutes})
    known = KnownForm(initial={"overwrites": kept.overwrites}, auto_id=f"id_{trigger.name}_%s")
    return Way(trigger, last, summary(last.counts, _("There was nothing new.")) if last else "", kept, drawn, known)


def _entry(request: HubRequest, addon: str) -> Entry:
    """Raises ``NotFound`` for an add-on that brings no records, ``Refused`` for somebody who sees only some contacts."""
    require_sight_of_all(request)
    found = finding.entry(request, addon)
    if not found.manifest.triggers:
        raise NotFound(_("This add-on brings no records."))
    return found


def _trigger(request: HubRequest, found: Entry) -> TriggerManifest:
    name = request.POST.get("trigger", "")
    for one in found.manifest.triggers:
        if one.name == name:
            return one
    raise NotFound(_("This add-on brings no such records."))


def _url(request: HubRequest, addon: str) -> Any:
    return reverse("addons:import", args=[request.account.pk, addon])
