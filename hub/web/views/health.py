"""Is the process alive, and is the hub ready to work? For load balancers and monitors; says nothing about anybody's data.

*Ready* is what a person at this web could rely on: the database answers, takes words and fits this version, what is sealed can be
opened, and some worker would carry out a step that comes due now. A worker counts when its lock is held and it has been heard of
lately; it is not heard of when a plugin blocks the loop in which it makes its calls, or when the database took its lock. Where it
is in this very process, as in ``hub up``, it is asked itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from hub.db import clock, migrated, rotation, sealing
from hub.engine import runtime, storing
from hub.engine.identity import life_of
from hub.engine.models import Worker
from hub.users.declare import PUBLIC
from hub.web.entry import page

log = logging.getLogger("hub.web")

WORKER_SEEN_WITHIN = timedelta(seconds=45)
"""A worker beats every ten seconds; a few may be late."""

LOOP_SECONDS = 1.0
"""How long the loop of this process may take to answer: others' steps may be a second late at the most."""


@page(PUBLIC, account=False)
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@page(PUBLIC, account=False, atomic=False)
def ready(request: HttpRequest) -> HttpResponse:
    """Database, store, tables, keys and a worker; 503 names what is missing."""
    found = {"database": _looked(_database, "the database does not answer")}
    for name, look, trouble in (
        ("store", _store, "it could not be tried whether anything can be written"),
        ("tables", _tables, "the tables could not be looked at"),
        ("keys", _keys, "the keys do not work"),
        ("worker", _worker, "the workers could not be looked at"),
    ):
        found[name] = found["database"] and _looked(look, trouble)
    good = all(found.values())
    parts = {name: "ok" if well else "missing" for name, well in found.items()}
    return JsonResponse({"status": "ok" if good else "not ready", **parts}, status=200 if good else 503)


def _looked(look: Callable[[], bool], trouble: str) -> bool:
    try:
        return look()
    except Exception:  # whatever is wrong, the answer is the same, and the log says more
        log.warning(trouble, exc_info=True)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _store() -> bool:
    """Whether it takes words. A worker in this process has learned that by its own work."""
    if not runtime.is_worker():
        storing.try_it()
    return not storing.refuses()


def _tables() -> bool:
    return not migrated.missing()


def _keys() -> bool:
    """The current key works, and it is known under which key each column's last value was sealed."""
    works = sealing.open(sealing.seal("ready", ["health"]), ["health"]) == "ready"
    return works and all(sealing.has_key_for(blob) for _, blob in rotation.newest())


def _worker() -> bool:
    here = runtime.fitness(LOOP_SECONDS)
    if here is not None:
        return here.moves and here.holds_its_lock
    since = clock.process_now() - WORKER_SEEN_WITHIN
    return any(life_of(row).alive for row in Worker.objects.filter(beat_at__gt=since, ended_at=None))


urlpatterns = [path("health/live", live, name="live"), path("health/ready", ready, name="ready")]
