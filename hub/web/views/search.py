"""One box for everything: contacts and plans whose name holds what was typed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.web import context
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.plans.finding import visible_plans

SHOWN = 10
LONGEST = 200  # characters


@page("account.enter")
def search(request: HubRequest) -> HttpResponse:
    """The first few of each kind; each kind's own list finds the rest."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    found = {"people": _people(request, text), "plans": _plans(request, text)} if text else {"people": [], "plans": []}
    account = request.account.pk
    more = {"contacts_url": context.url("contacts:list", account), "plans_url": context.url("plans:list", account)}
    return render(request, "web/search.html", {"query": text, "most": SHOWN, **found, **more})


def _people(request: HubRequest, text: str) -> list[tuple[Any, str]]:
    if not may(request, "contacts.view"):
        return []
    rows = contacts.search(request.account, request.viewer, ContactQuery(text=text), size=SHOWN).rows
    return [(row, context.url("contacts:page", request.account.pk, row.pk)) for row in rows]


def _plans(request: HubRequest, text: str) -> list[tuple[Any, str]]:
    if not may(request, "plans.view"):
        return []
    rows = visible_plans(request, search=text)[:SHOWN]
    return [(row, context.url("plans:page", request.account.pk, row.pk)) for row in rows]


urlpatterns = [path("a/<int:account_id>/search", search, name="search")]
