"""Is the process alive, and is the hub ready to work? For load balancers and monitors; says nothing about anybody's data."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from hub.db import clock, sealing
from hub.engine.models import Worker
from hub.users.declare import PUBLIC
from hub.web.entry import page

log = logging.getLogger("hub.web")

WORKER_SEEN_WITHIN = timedelta(seconds=45)
"""A worker beats every ten seconds; a few may be late."""


@page(PUBLIC, account=False)
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@page(PUBLIC, account=False)
def ready(request: HttpRequest) -> HttpResponse:
    """Database, keys and a worker; 503 names what is missing."""
    found = {"database": _database(), "keys": _keys()}
    found["worker"] = found["database"] and _worker()
    good = all(found.values())
    parts = {name: "ok" if well else "missing" for name, well in found.items()}
    return JsonResponse({"status": "ok" if good else "not ready", **parts}, status=200 if good else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except Error:
        log.warning("the database does not answer", exc_info=True)
        return False


def _keys() -> bool:
    try:
        return sealing.open(sealing.seal("ready", ["health"]), ["health"]) == "ready"
    except Exception:  # whatever is wrong with a key, the answer is the same
        log.warning("the keys do not work", exc_info=True)
        return False


def _worker() -> bool:
    try:
        since = clock.process_now() - WORKER_SEEN_WITHIN
        return Worker.objects.filter(beat_at__gt=since, ended_at=None).exists()
    except Error:
        return False


urlpatterns = [path("health/live", live, name="live"), path("health/ready", ready, name="ready")]
