"""Settings → Sub-accounts: the accounts directly beneath, and opening one more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts import changes, reads
from hub.db.errors import Invalid
from hub.web.countries import zones
from hub.web.design.tables import Column
from hub.web.design.widgets import SearchSelect
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may
from hub.web.views.settings import shutting
from hub.web.views.settings.tabs import tabs

COLUMNS = (
    Column(gettext_lazy("Account")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("Time zone")),
    Column(gettext_lazy("Opened")),
)
ACTIONS = Column(gettext_lazy("Lock"), kind="actions", hide_label=True)


class SubaccountForm(StoredForm):
    """What is needed to begin; the rest is Account Info."""

    name = forms.CharField(label=gettext_lazy("Account name"), max_length=120)
    company = forms.CharField(label=gettext_lazy("Company"), max_length=120, required=False)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"))

    def __init__(self, *args: Any, request: HubRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = request.account.time_zone
        self.fields["time_zone"].widget = SearchSelect(choices=zones(request.now, also=zone))
        self.fields["time_zone"].initial = zone


@page("account.view")
def subaccounts(request: HubRequest) -> HttpResponse:
    """The list. One reaches into an account of it only with a grant that reaches down."""
    rows = list(reads.children(request.account).select_related("switch"))
    reach = {one.pk for one in rows if _reached(request, one.pk)}
    locking = may(request, "locks.edit")
    columns = (*COLUMNS, ACTIONS) if locking else COLUMNS
    openable = {one.pk for one in rows if locking and one.is_locked and shutting.opens(request, one)}
    context = {"rows": rows, "reach": reach, "columns": columns, "locking": locking, "openable": openable}
    context["tabs"] = tabs(request, "subaccounts")
    return render(request, "web/settings/subaccounts.html", context)


@page("subaccounts.create")
def new_subaccount(request: HubRequest) -> HttpResponse:
    """Open an account beneath this one."""
    form = SubaccountForm(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            made = changes.create(given.pop("name"), by=request.actor, parent=request.account, values=given)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("%(name)s is open. Its people can be added next.") % {"name": made.name})
            if _reached(request, made.pk):
                return redirect("settings:users", account_id=made.pk)
            return redirect("settings:subaccounts", account_id=request.account.pk)
    context = {"form": form, "tabs": tabs(request, "subaccounts")}
    return render(request, "web/settings/new_subaccount.html", context, status=422 if form.errors else 200)


def _reached(request: HubRequest, account_id: int) -> bool:
    place = reads.place(account_id)
    return bool(request.principal.effective.reaching(place, request.now))


urlpatterns = [
    path("a/<int:account_id>/settings/sub-accounts", subaccounts, name="subaccounts"),
    path("a/<int:account_id>/settings/sub-accounts/new", new_subaccount, name="new_subaccount"),
    *shutting.urlpatterns,
]
