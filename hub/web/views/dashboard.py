"""The dashboard: what was done, what is coming, and what waits for somebody."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from hub.users.explain import NO_PAGES
from hub.web import context
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.accounts import no_pages


@page("account.enter")
def dashboard(request: HubRequest) -> HttpResponse:
    """Everybody lands here; who may not see it is sent to the first page they may open."""
    if not may(request, "page.dashboard"):
        places = context.places_of(request)
        return redirect(next(iter(places.values()))) if places else no_pages(request, NO_PAGES)
    return render(request, "web/dashboard/page.html", {})


urlpatterns = [path("a/<int:account_id>/", dashboard, name="dashboard")]
