"""Settings without more words: the first part this person may open."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path

from hub.web.entry import page
from hub.web.request import HubRequest


@page("account.view")
def home(request: HubRequest) -> HttpResponse:
    """Account Info is what most people come for."""
    return redirect("settings:account", account_id=request.account.pk)


urlpatterns = [path("a/<int:account_id>/settings", home, name="home")]
