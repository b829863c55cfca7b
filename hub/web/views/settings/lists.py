"""Settings → Lists: lead sources, the sales cycle, the first tags (all: ``tags``), and values that wait for a place on a list.

A list that an account above has locked is shown as it is in force, with who may change it and without a button; what the account
had of its own before stays in use and is marked (R049, R059). The rules are those of ``hub.contacts.list_changes``, for every way
in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.contacts import list_changes, lists, review, tagging
from hub.contacts.lists import Choice, Lists
from hub.contacts.models import Contact, Unmatched
from hub.db.errors import Conflict, Invalid, NotFound
from hub.db.scoping import id_in
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.contacts.locking import explained
from hub.web.views.settings import tags
from hub.web.views.settings.tabs import tabs

TAGS_SHOWN = 10
"""Tags on the page of all lists; the others have a page of their own."""


@dataclass(frozen=True)
class Value:
    """One value that waits, and what it can become."""

    waiting: review.Waiting
    label: str
    choices: Sequence[Choice]


@page("account.view")
def show(request: HubRequest) -> HttpResponse:
    """The lists as they are in force here, and what waits."""
    in_force, first_tags = lists.of(request.account), tagging.page(request.account, size=TAGS_SHOWN)
    context = {
        "sources": sorted(in_force.sources.values(), key=lambda choice: choice.key),
        "cycles": list(in_force.cycles.values()),
        "sources_told": explained(in_force, "lead_sources"),
        "cycles_told": explained(in_force, "sales_cycle"),
        "may_sources": may(request, "lead_sources.edit") and in_force.locked("lead_sources") is None,
        "may_cycles": may(request, "sales_cycle.edit") and in_force.locked("sales_cycle") is None,
        "values": _values(request, in_force),
        "may_place": may(request, "contacts.import"),
        "tags": tags.lines(first_tags.rows),
        "more_tags": first_tags.next is not None,
        "tags_told": explained(in_force, "tags"),
        "may_tags": tags.may_change(request, in_force),
        "tabs": tabs(request, "lists"),
    }
    return render(request, "web/settings/lists.html", context)


def _values(request: HubRequest, in_force: Lists) -> list[Value]:
    sources = [choice for choice in in_force.sources.values() if not choice.hidden]
    known = {
        Unmatched.Field.LEAD_SOURCE: (_("Lead source"), sources),
        Unmatched.Field.SALES_CYCLE: (_("Sales cycle"), list(in_force.cycles.values())),
    }
    return [Value(one, *known[Unmatched.Field(one.field)]) for one in review.waiting(request.account)]


@page("lead_sources.edit")
def add_source(request: HubRequest) -> HttpResponse:
    """One more lead source."""
    name = request.POST.get("name", "")
    return _changed(request, lambda: list_changes.add_lead_source(request.account, name, by=request.actor), _("Added."))


@page("lead_sources.edit")
def change_source(request: HubRequest, source_id: int) -> HttpResponse:
    """Rename a lead source, or with ``hidden`` offer it no longer, or again. Asked for (GET) it is shown alone."""
    if request.method != "POST":
        return _entry(request, source_id, lists.of(request.account).sources, "lead_source_id")
    given = request.POST
    if "hidden" in given:
        hidden = given["hidden"] == "1"
        told = _("It is offered no longer. Contacts that have it keep it.") if hidden else _("It is offered again.")
        return _changed(
            request,
            lambda: list_changes.hide_lead_source(request.account, source_id, hidden, by=request.actor),
            told,
        )
    name = given.get("name", "")
    return _changed(
        request,
        lambda: list_changes.rename_lead_source(request.account, source_id, name, by=request.actor),
        _("Saved."),
    )


@page("sales_cycle.edit")
def add_stage(request: HubRequest) -> HttpResponse:
    """One more stage, at the end."""
    name = request.POST.get("name", "")
    return _changed(request, lambda: list_changes.add_sales_cycle(request.account, name, by=request.actor), _("Added."))


@page("sales_cycle.edit")
def change_stage(request: HubRequest, stage_id: int) -> HttpResponse:
    """Rename a stage, or with ``up`` put it before the one above it. Asked for (GET) it is shown alone."""
    if request.method != "POST":
        return _entry(request, stage_id, lists.of(request.account).cycles, "sales_cycle_id")
    if "up" in request.POST:
        return _changed(request, lambda: _put_up(request, stage_id), "")
    name = request.POST.get("name", "")
    return _changed(
        request, lambda: list_changes.rename_sales_cycle(request.account, stage_id, name, by=request.actor), _("Saved.")
    )


def _put_up(request: HubRequest, stage_id: int) -> None:
    ids = [choice.id for choice in lists.sales_cycles(request.account)]
    if stage_id in ids[1:]:
        at = ids.index(stage_id)
        ids[at - 1], ids[at] = ids[at], ids[at - 1]
        list_changes.order_sales_cycle(request.account, ids, by=request.actor)


@page("sales_cycle.edit")
def remove_stage(request: HubRequest, stage_id: int) -> HttpResponse:
    """Remove a stage; the contacts in it have none afterwards."""
    if request.method != "POST":
        return _back(request)
    freed = list_changes.delete_sales_cycle(request.account, stage_id, by=request.actor)
    told = ngettext(
        "Removed. %(count)s contact has no stage now.", "Removed. %(count)s contacts have no stage now.", freed
    )
    messages.success(request, told % {"count": freed})
    return _back(request)


@page("contacts.import")
def place(request: HubRequest) -> HttpResponse:
    """Give a value that waits a place on its list, or with ``leave`` leave its contacts as they are."""
    given = request.POST
    field, value = given.get("field", ""), given.get("value", "")
    if "leave" in given:
        return _changed(
            request,
            lambda: list_changes.drop_unmatched(request.account, field, value, by=request.actor),
            _("Left as it is."),
        )
    choice = id_in(given.get("choice", "")) or 0
    return _changed(
        request,
        lambda: list_changes.place_unmatched(request.account, field, value, choice, by=request.actor),
        _("Placed. All its contacts have it now."),
    )


def _entry(request: HubRequest, entry_id: int, choices: Mapping[str, Choice], column: str) -> HttpResponse:
    entry = next((choice for choice in choices.values() if choice.id == entry_id), None)
    if entry is None:
        raise NotFound
    have = Contact.objects.filter(account_id=request.account.pk, **{column: entry_id}).count()
    context = {"entry": entry, "stage": column == "sales_cycle_id", "contacts": have, "tabs": tabs(request, "lists")}
    return render(request, "web/settings/list_entry.html", context)


def _changed(request: HubRequest, change: Callable[[], Any], told: str) -> HttpResponse:
    """Make a change that was posted. What is wrong with a name is said on top of the page, and nothing is kept."""
    if request.method == "POST":
        try:
            change()
        except (Invalid, Conflict) as problem:
            messages.error(request, next(iter(problem.fields.values()), "") or problem.sentence)
        else:
            if told:
                messages.success(request, told)
    return _back(request)


def _back(request: HubRequest) -> HttpResponse:
    return redirect("settings:lists", account_id=request.account.pk)


_LISTS = "a/<int:account_id>/settings/lists"
urlpatterns = [
    path(_LISTS, show, name="lists"),
    path(f"{_LISTS}/lead-sources", add_source, name="add_source"),
    path(f"{_LISTS}/lead-sources/<int:source_id>", change_source, name="change_source"),
    path(f"{_LISTS}/sales-cycle", add_stage, name="add_stage"),
    path(f"{_LISTS}/sales-cycle/<int:stage_id>", change_stage, name="change_stage"),
    path(f"{_LISTS}/sales-cycle/<int:stage_id>/remove", remove_stage, name="remove_stage"),
    path(f"{_LISTS}/waiting", place, name="place_value"),
]
