"""Where the API is found."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from hub.api import problems
from hub.api.app import api
from hub.db.errors import NotFound
from hub.users import declare


@csrf_exempt
@declare.route(declare.PUBLIC)
def nowhere(request: HttpRequest) -> HttpResponse:
    """A program is told in its own words that there is no such call."""
    return problems.answer(request, NotFound("There is no such call."))


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("", include("hub.api.v2.urls")),
    re_path(r"^api(?:/.*)?$", nowhere),
]
