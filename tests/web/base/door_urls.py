"""A few pages that misbehave, behind the hub's own door, for the tests beside this file."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import include, path

from hub.accounts import changes
from hub.db.errors import Conflict, Invalid, Throttled
from hub.web.entry import page
from hub.web.request import Can, HubRequest


@page("account.edit")
def saves_and_shows_errors(request: HubRequest) -> HttpResponse:
    """Writes, then finds something wrong."""
    changes.edit(request.account, {"city": "Half saved"}, by=request.actor)
    return HttpResponse("errors", status=422)


@page("account.edit")
def saves_and_raises(request: HubRequest) -> HttpResponse:
    """Writes, then raises what another room raised."""
    changes.edit(request.account, {"city": "Half saved"}, by=request.actor)
    raise Conflict("Somebody else changed this plan.", "You", "Load it again.")


@page("account.view")
def invalid(request: HubRequest) -> HttpResponse:
    """Forgets to catch what is wrong with a form."""
    raise Invalid({"name": "A plan needs a name."})


@page("account.view")
def throttled(request: HubRequest) -> HttpResponse:
    """Too often."""
    raise Throttled("Too many exports.", retry_after=30)


@page("account.view")
def broken(request: HubRequest) -> HttpResponse:
    """Our own mistake."""
    raise RuntimeError("never shown: hunter2")


@page("account.view")
def misspelt(request: HubRequest) -> HttpResponse:
    """Asks for a permission that nobody knows."""
    return HttpResponse(str(Can(request)["plans"]["edti"]))


urlpatterns = [
    path("a/<int:account_id>/errors", saves_and_shows_errors),
    path("a/<int:account_id>/conflict", saves_and_raises),
    path("a/<int:account_id>/invalid", invalid),
    path("a/<int:account_id>/throttled", throttled),
    path("a/<int:account_id>/broken", broken),
    path("a/<int:account_id>/misspelt", misspelt),
    path("", include("hub.web.urls")),
]

handler500 = "hub.web.views.errors.our_mistake"
