"""Settings → Suppressed addresses: who gets no more marketing mail of this account, and why."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.audit.changes import record
from hub.db.errors import Conflict, Invalid
from hub.mail.models import Suppression
from hub.mail.suppressing import changes, reads
from hub.web.design.links import Choice, Filter
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.forms import show_errors
from hub.web.request import HubRequest, may
from hub.web.views.settings.tabs import tabs

COLUMNS = (
    Column(gettext_lazy("Address")), Column(gettext_lazy("Why")), Column(gettext_lazy("Since")), Column(gettext_lazy("By")),
)  # fmt: skip

VIEW, EDIT = "suppressions.view", "suppressions.edit"


class AddressForm(forms.Form):
    """One address more."""

    address = forms.CharField(
        label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


@page(VIEW)
def suppressed(request: HubRequest) -> HttpResponse:
    """The list, page by page."""
    return _draw(request, AddressForm())


@page(EDIT)
def add(request: HubRequest) -> HttpResponse:
    """Enter an address."""
    form = AddressForm(request.POST)
    if request.method != "POST":
        return redirect("settings:suppressed", account_id=request.account.pk)
    if form.is_valid():
        try:
            row = changes.add_by_hand(request.account, form.cleaned_data["address"], by=request.actor)
        except Invalid as problem:
            show_errors(form, problem)
        except Conflict as problem:
            form.add_error("address", problem.what)
        else:
            messages.success(request, _("%(address)s gets no more marketing mail.") % {"address": row.address})
            return redirect("settings:suppressed", account_id=request.account.pk)
    return _draw(request, form, status=422)


@page(EDIT)
def take_away(request: HubRequest, suppression_id: int) -> HttpResponse:
    """Ask, then let mail go there again."""
    row = reads.get(request.account, suppression_id)
    if request.method == "POST":
        changes.take_away(request.account, row.pk, by=request.actor)
        messages.success(request, _("%(address)s may be written to again.") % {"address": row.address})
        return redirect("settings:suppressed", account_id=request.account.pk)
    own = row.why == Suppression.Why.UNSUBSCRIBED
    return render(
        request, "web/settings/suppressed_away.html", {"row": row, "own": own, "tabs": tabs(request, "suppressed")}
    )


@page(VIEW)
def export(request: HubRequest) -> HttpResponse:
    """All that the filters leave, as a file. Only a POST: that it was done is written down."""
    if request.method != "POST":
        return redirect("settings:suppressed", account_id=request.account.pk)
    text, why = _asked(request)
    record(
        "exported", "address", "", by=request.actor, account_id=request.account.pk, data={"search": text, "why": why}
    )
    lines = reads.lines(request.account, text, why)
    response = StreamingHttpResponse((line.encode() for line in lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="suppressed-{request.now:%Y-%m-%d}.csv"'
    return response  # type: ignore[return-value]  # an answer like any other to the door


def _draw(request: HubRequest, form: AddressForm, *, status: int = 200) -> HttpResponse:
    text, why = _asked(request)
    found = reads.page(request.account, text, why, request.GET.get("cursor"))
    choices = tuple(Choice(value, label) for value, label in Suppression.Why.choices)
    context = {
        "lines": found.rows, "page": CursorPage.of(found), "columns": COLUMNS, "query": text,
        "filters": [Filter("why", _("Why"), choices, why)], "filtered": bool(text or why), "form": form,
        "asked": urlencode({"q": text, "why": why}), "may_edit": may(request, EDIT), "tabs": tabs(request, "suppressed"),
    }  # fmt: skip
    return render(request, "web/settings/suppressed.html", context, status=status)


def _asked(request: HubRequest) -> tuple[str, str]:
    why = request.GET.get("why", "")
    return request.GET.get("q", "").strip()[:254], why if why in Suppression.Why.values else ""


BASE = "a/<int:account_id>/settings/suppressed"
urlpatterns = [
    path(BASE, suppressed, name="suppressed"),
    path(f"{BASE}/add", add, name="suppress"),
    path(f"{BASE}/export", export, name="suppressed_export"),
    path(f"{BASE}/<int:suppression_id>/away", take_away, name="unsuppress"),
]
