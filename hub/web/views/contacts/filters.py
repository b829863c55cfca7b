"""Saved filters: a person keeps what the list shows now under a name. Nobody sees another's."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.contacts import filters
from hub.db.errors import Invalid
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.contacts import querying
from hub.web.views.contacts.finding import person_id, trail


@page("filters.save")
def saved(request: HubRequest) -> HttpResponse:
    """What is kept, and a name for what the list shows now (the address's parameters)."""
    query = querying.query_of(request.GET)
    error, name = "", request.POST.get("name", "")
    if request.method == "POST":
        try:
            filters.save(request.account, person_id(request), name, query, by=request.actor)
        except Invalid as problem:
            error = " ".join(problem.fields.values())
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": " ".join(name.split())})
            address = reverse("contacts:list", args=[request.account.pk])
            return redirect(address + querying.address_of(query))
    mine = filters.of(request.account, person_id(request))
    given = {
        "saved": [(one, querying.address_of(filters.query_of(one))) for one in mine],
        "described": [one for one in querying.filters(request, request.GET) if one.chosen],
        "text": query.text, "filtered": query.is_filtered, "name": name, "error": error,
        "parameters": querying.address_of(query), "trail": trail(request, Link(_("Saved filters"), "")),
    }  # fmt: skip
    return render(request, "web/contacts/filters.html", given, status=422 if error else 200)


@page("filters.save")
def forget(request: HubRequest, filter_id: int) -> HttpResponse:
    """Forget one of one's own."""
    if request.method == "POST":
        filters.delete(request.account, person_id(request), filter_id, by=request.actor)
        messages.success(request, _("The filter is gone."))
    return redirect("contacts:filters", account_id=request.account.pk)
