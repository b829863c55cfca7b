"""One's own profile."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from hub.users.declare import SIGNED_IN
from hub.web.entry import page
from hub.web.request import HubRequest


@page(SIGNED_IN, account=False)
def profile(request: HubRequest) -> HttpResponse:
    """Names, colours, sessions."""
    return render(request, "web/profile/page.html", {})


app_name = "profile"
urlpatterns = [path("profile", profile, name="page")]
