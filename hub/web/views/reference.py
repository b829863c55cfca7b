"""The API's reference for people: the OpenAPI description as a page, for anybody who has its address, as the description is."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, resolve, reverse

from hub.users.declare import PUBLIC
from hub.web.design.reference import Reference, read
from hub.web.entry import page

_read: list[Reference] = []
"""The one reference of this process: its description does not change while it runs."""


@page(PUBLIC, account=False)
def reference(request: HttpRequest) -> HttpResponse:
    """Every call and every shape."""
    if not _read:
        _read.append(read(_description(request)))
    return render(request, "web/reference.html", {"reference": _read[0]})


def _description(request: HttpRequest) -> dict[str, object]:
    """From the address at which programs read it: this room knows nothing else of the API."""
    found = resolve(reverse("api:openapi-json"))
    described: dict[str, object] = json.loads(found.func(request, *found.args, **found.kwargs).content)
    return described


urlpatterns = [path("api-reference", reference, name="reference")]
