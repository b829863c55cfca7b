"""The bell: what one person should know, in one account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from hub.notifications import reads
from hub.web.entry import page
from hub.web.request import HubRequest


@page("account.enter")
def listing(request: HubRequest) -> HttpResponse:
    """One's own notifications, newest first."""
    found = reads.page(int(request.principal.effective.id), request.account.pk, request.GET.get("cursor"))
    return render(request, "web/notifications/list.html", {"found": found})


app_name = "notifications"
urlpatterns = [path("a/<int:account_id>/notifications", listing, name="list")]
