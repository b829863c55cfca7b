"""Contacts as a CSV file, streamed: it begins at once and costs the same memory for ten as for a hundred thousand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from hub.contacts import exporting, reads
from hub.web.entry import page
from hub.web.request import HubRequest, require
from hub.web.views.contacts import querying
from hub.web.views.contacts.finding import brought, viewer_for


@page("contacts.export")
def export(request: HubRequest) -> HttpResponse:
    """Everything that the address describes. Only a POST: that it was done is written down."""
    if request.method != "POST":
        return redirect("contacts:list", account_id=request.account.pk)
    return _file(request, querying.query_of(request.GET))


def answer(request: HubRequest) -> HttpResponse:
    """What was marked in the list."""
    require(request, "contacts.export")
    return _file(request, querying.marked(request.POST))


def _file(request: HubRequest, query: Any) -> HttpResponse:
    rows = reads.selection(request.account, viewer_for(request, "contacts.export"), query, brought(request, query))
    lines = exporting.export(request.account, request.viewer, rows, by=request.actor)
    response = StreamingHttpResponse((line.encode() for line in lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="contacts-{request.now:%Y-%m-%d}.csv"'
    return response  # type: ignore[return-value]  # an answer like any other to the door
