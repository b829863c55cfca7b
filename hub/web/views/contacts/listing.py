"""The list of contacts: found as one types, filtered, sorted, and marked to do something with many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hub.contacts import filters as saved_filters
from hub.contacts import reads
from hub.contacts.models import Contact, Tag
from hub.contacts.query import ContactQuery
from hub.plans import reads as plans
from hub.plans.models import Plan
from hub.users.models import User
from hub.web.design.links import Choice, Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views.contacts import bulk, querying
from hub.web.views.contacts.finding import brought, person_id, plan_eyes

COLUMNS = (
    Column(_("Name"), sort="name"),
    Column(_("Reach")),
    Column(_("Sales cycle")),
    Column(_("Lead source")),
    Column(_("Assigned to")),
    Column(_("On plan")),
    Column(_("Added"), sort="added"),
)

COUNTED = 10_000
"""Beyond this the list says *more than*: exact counting would take longer than the page."""


@dataclass(frozen=True)
class Row:
    """A contact as its row shows it."""

    contact: Contact
    tags: list[Tag] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    @property
    def left(self) -> bool:
        """Whether the assigned user has left (R186)."""
        user = self.contact.assigned_user
        return user is not None and user.state == User.State.ARCHIVED


@page("contacts.view")
def contact_list(request: HubRequest) -> HttpResponse:
    """The page, or for htmx only the part that a search changes."""
    require(request, "page.contacts")
    query = querying.query_of(request.GET)
    given = _results(request, query)
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "web/contacts/results.html", given | {"swap": True})
    return render(request, "web/contacts/list.html", given | _around(request, query))


def _results(request: HubRequest, query: ContactQuery) -> dict[str, Any]:
    cursor = request.GET.get("cursor") or None
    found, count = reads.look(
        request.account, request.viewer, query, cursor, cap=COUNTED, brought=brought(request, query)
    )
    return {
        "rows": _rows(request, found.rows),
        "columns": COLUMNS,
        "count": count,
        "total": count.number,
        "offered": count.number if found.next or request.GET.get("cursor") else None,
        "page": CursorPage.of(found, None if count.capped else count.number),
        "keep": querying.kept(request.GET),
        "parameters": querying.address_of(query),
        "filtered": query.is_filtered,
        "may": {act: may(request, permission) for act, permission in _BULK.items()},
    }


_BULK = {
    "plan": "plans.use",
    "assign": "contacts.assign",
    "edit": "contacts.edit",
    "archive": "contacts.delete",
    "export": "contacts.export",
}


def _around(request: HubRequest, query: ContactQuery) -> dict[str, Any]:
    keep = [Choice("sort", request.GET["sort"])] if request.GET.get("sort") else []
    return {
        "query": query.text,
        "filters": querying.filters(request, request.GET),
        "keep_sort": keep,
        "saved": _saved(request, query),
        "own_only": request.viewer.sees == "own",
        "at_work": bulk.running(request),
    }


def _saved(request: HubRequest, query: ContactQuery) -> Sequence[Link]:
    """One's own filters as links; the one in force is marked."""
    here = querying.parameters_of(query)
    return [
        Link(one.name, querying.address_of(asked), current=querying.parameters_of(asked) == here)
        for one in saved_filters.of(request.account, person_id(request))
        for asked in [saved_filters.query_of(one)]
    ]


def _rows(request: HubRequest, contacts: Sequence[Contact]) -> list[Row]:
    ids = [one.pk for one in contacts]
    tags, running = reads.tags_of(ids), plans.running_plans(request.account, plan_eyes(request), ids)
    return [Row(one, tags.get(one.pk, []), running.get(one.pk, [])) for one in contacts]
