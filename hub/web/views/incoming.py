"""Where vendors deliver: ``/in/<token>``, one address for each connection. The answer is a status and nothing else.

It is no page: the door of pages looks at the form of a request, and here nobody may touch the bytes before they are proved.
"""

from __future__ import annotations

import logging

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from hub.arrivals import actors, entrances, taking
from hub.db import scope
from hub.dispatch.receiving import MOST_BYTES
from hub.users import declare

log = logging.getLogger("hub.web")


@csrf_exempt
@declare.route(declare.PUBLIC)
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Prove, recognise, store, and only then say yes. Whatever the content type says, the raw bytes are what is looked at."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        return _take(request, token)
    except OperationalError as trouble:
        log.warning("the database did not take a delivery: %s", trouble)
        return HttpResponse(status=503, headers={"Retry-After": "5"})


def _take(request: HttpRequest, token: str) -> HttpResponse:
    connection = entrances.connection_of(token)
    if connection is None:
        return HttpResponse(status=404)
    scope.enter(connection.account_id, connection.account.path, connection.account.ancestor_ids)
    body = _read(request)
    receipt, made = taking.take(connection, dict(request.headers), body)
    if made is not None:
        actors.ring(made)
    if receipt.reason:
        log.info("a delivery for %s was answered %s: %s", connection.addon, receipt.status, receipt.reason)
    return HttpResponse(status=receipt.status)


def _read(request: HttpRequest) -> bytes:
    """A byte more than may be is enough to know."""
    return request.read(MOST_BYTES + 1)


urlpatterns = [path("in/<str:token>", arrive, name="arrive")]
