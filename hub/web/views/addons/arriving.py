"""An add-on's *Incoming* tab: the address the vendor delivers to, what came, and playing a delivery again."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.arrivals import actors, changes, reads
from hub.arrivals.models import Arrival
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.addons import finding
from hub.web.views.addons.tabs import tabs

COLUMNS = (
    Column(gettext_lazy("When")), Column(gettext_lazy("What")), Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("What it came to")), Column(gettext_lazy("Acts"), kind="actions", hide_label=True),
)  # fmt: skip
LOOKS = {"waiting": ("info", "clock"), "done": ("success", "circle-check"), "failed": ("danger", "circle-x")}
"""Tone and icon of each state."""


@page("addons.view")
def overview(request: HubRequest, addon: str) -> HttpResponse:
    """The address, and what came there, newest first."""
    found = finding.entry(request, addon)
    if not found.manifest.webhooks:
        return redirect("addons:page", account_id=request.account.pk, addon=addon)
    listed = reads.listing(request.account, addon, request.GET.get("cursor"))
    context = {
        "entry": found, "manifest": found.manifest, "lines": [(row, *LOOKS[row.state], _words(row)) for row in listed.rows],
        "columns": COLUMNS, "page": CursorPage.of(listed), "connection": found.connection, "address": "",
        "may_edit": may(request, "addons.edit"), "tabs": tabs(request, found.manifest, "arrivals"),
    }  # fmt: skip
    return render(request, "web/addons/arrivals.html", context)


@page("secrets.edit")
def address(request: HubRequest, addon: str) -> HttpResponse:
    """Show the address: it is made when it is first asked for, and stands only in this answer."""
    connection = finding.connection(request, addon)
    found = finding.entry(request, addon)
    if request.method != "POST" or not found.manifest.webhooks:
        return redirect("addons:arrivals", account_id=request.account.pk, addon=addon)
    where = reverse("arrive", args=[changes.show_token(connection, by=request.actor)])
    whole = settings.HUB_PUBLIC_URL + where if settings.HUB_PUBLIC_URL else request.build_absolute_uri(where)
    context = {"entry": found, "manifest": found.manifest, "address": whole,
               "tabs": tabs(request, found.manifest, "arrivals")}  # fmt: skip
    answer = render(request, "web/addons/arrivals_address.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@page("addons.edit")
def replay(request: HubRequest, addon: str, arrival_id: int) -> HttpResponse:
    """Let the plugin have a delivery once more."""
    if request.method == "POST":
        row = reads.get(request.account, addon, arrival_id)
        changes.replay(row, by=request.actor)
        actors.ring(row.pk)
        messages.success(request, _("The delivery is handled once more."))
    return redirect("addons:arrivals", account_id=request.account.pk, addon=addon)


def _words(row: Arrival) -> str:
    """What a delivery came to, in a sentence."""
    if row.state != Arrival.State.DONE:
        return row.problem or row.waits
    came = row.came_to
    told = [
        (came.get("created", 0), ngettext("%(n)d contact added", "%(n)d contacts added", came.get("created", 0))),
        (came.get("updated", 0), ngettext("%(n)d contact changed", "%(n)d contacts changed", came.get("updated", 0))),
        (came.get("enrolled", 0), ngettext("put on %(n)d plan", "put on %(n)d plans", came.get("enrolled", 0))),
        (came.get("told", 0), ngettext("%(n)d line in a history", "%(n)d lines in histories", came.get("told", 0))),
    ]
    return ", ".join(words % {"n": number} for number, words in told if number) or _("Nothing of ours.")


_ONE = "a/<int:account_id>/add-ons/<slug:addon>/incoming"
urlpatterns = [
    path(_ONE, overview, name="arrivals"),
    path(f"{_ONE}/address", address, name="arrivals_address"),
    path(f"{_ONE}/<int:arrival_id>/again", replay, name="arrival_replay"),
]
