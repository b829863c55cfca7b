"""The style guide alone on a server, without sign-in or database, for the tests beside this file."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from hub.web.views.styleguide import styleguide


def themed(request: HttpRequest) -> dict[str, str]:
    """What the hub's own context processor gives to the frame, as far as the style guide asks for it."""
    return {"theme_choice": request.COOKIES.get("hub_theme", "")}


def taken(request: HttpRequest) -> HttpResponse:
    """Take any form."""
    return HttpResponse("taken")


urlpatterns = [path("styleguide", styleguide), path("taken", taken)]
