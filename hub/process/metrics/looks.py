"""What is looked up in the rows when Prometheus asks: how things stand, in a few queries that each use a small index.

Every look is bounded, whatever the installation holds, and one that fails costs its own numbers only. :data:`LOOKS` is the list;
a room that has something to show adds a function to it, and its names to the catalog.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

from django.db import connection
from django.db.models import Count, Max, QuerySet

from hub.addons.models import Connection, OAuthGrant
from hub.db import clock, dialect
from hub.dispatch.gate import Hold
from hub.engine import broker
from hub.engine.guards.models import Breaker
from hub.engine.identity import life_of
from hub.engine.models import Worker
from hub.imports.models import Import
from hub.plans.models import OPEN, StepRun
from hub.process.metrics.counters import OTHER
from hub.process.metrics.processes import Look

log = logging.getLogger("hub.process")

MOST_COUNTED = 100_000
"""Rows of a kind that are counted; more are shown as so many."""

SILENT = timedelta(seconds=60)
"""A worker beats every five."""

ENDED = (Import.State.DONE, Import.State.CANCELLED, Import.State.FAILED, Import.State.UNDONE)


def steps() -> Look:
    """Open steps by state, and what is overdue."""
    for state in OPEN:
        yield "hub_steps", {"state": str(state)}, _number(StepRun.objects.filter(state=state))
    now = clock.now()
    due = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__lte=now)
    oldest = due.order_by("due_at").values_list("due_at", flat=True).first()
    yield "hub_steps_due", {}, _number(due)
    yield "hub_oldest_due_seconds", {}, (now - oldest).total_seconds() if oldest else 0.0


def held() -> Look:
    """Held steps by reason. A reason that is none of ours is *other*."""
    found = dict.fromkeys((*map(str, Hold), OTHER), 0)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [MOST_COUNTED])
        for reason, number in cursor.fetchall():
            found[reason if reason in found else OTHER] += number
    for reason, number in found.items():
        yield "hub_steps_held", {"reason": reason}, number


_HELD = """
SELECT h.hold_reason, COUNT(*)
  FROM (SELECT hold_reason FROM plans_steprun WHERE state = 'held' LIMIT %s) h GROUP BY h.hold_reason
"""


def queues() -> Look:
    """How much the bell has to ring, and what failed."""
    for queue in broker.QUEUES:
        yield "hub_queue_messages", {"queue": queue}, broker.waiting(queue)
        yield "hub_queue_dead_messages", {"queue": queue}, broker.dead(queue)


def connections() -> Look:
    """Health, and what vendors' rates make of us."""
    rows, now = Connection.objects.filter(enabled=True).order_by(), clock.now()
    for addon, health, number in rows.values_list("addon", "health").annotate(n=Count("pk")):
        yield "hub_connections", {"addon": addon, "health": health}, number
    for addon, number in rows.filter(blocked_until__gt=now).values_list("addon").annotate(n=Count("pk")):
        yield "hub_connections_blocked", {"addon": addon}, number
    for addon, furthest in rows.filter(rate_at__gt=now).values_list("addon").annotate(at=Max("rate_at")):
        yield "hub_rate_lead_seconds", {"addon": addon}, (furthest - now).total_seconds()
    signed = OAuthGrant.objects.order_by().values_list("connection__addon", "state")
    for addon, state, number in signed.annotate(n=Count("pk")):
        yield "hub_vendor_sign_ins", {"addon": addon, "state": state}, number


def breakers() -> Look:
    """Connections that nothing is sent to, for they came to grief again and again."""
    rows = Breaker.objects.filter(next_at__isnull=False).order_by().values_list("addon", "state")
    for addon, state, number in rows.annotate(n=Count("pk")):
        yield "hub_breakers", {"addon": addon, "state": state}, number


def imports() -> Look:
    """Imports that are not over."""
    rows = Import.objects.exclude(state__in=ENDED).order_by().values_list("state")
    for state, number in rows.annotate(n=Count("pk")):
        yield "hub_imports", {"state": state}, number


def workers() -> Look:
    """Who lives, who is silent, and who went without a word."""
    found = {"alive": 0, "silent": 0, "gone": 0}
    now = clock.process_now()
    for row in Worker.objects.filter(ended_at=None)[:MOST_COUNTED]:
        life = "silent" if now - row.beat_at > SILENT else "alive"
        found[life if life_of(row).alive else "gone"] += 1
    for life, number in found.items():
        yield "hub_workers", {"life": life}, number


def database() -> Look:
    """Its size."""
    with connection.cursor() as cursor:
        if dialect.is_postgres():
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        yield "hub_database_bytes", {}, float(cursor.fetchone()[0])


def about() -> Look:
    """Which hub this is."""
    yield "hub_info", {"version": version("integration-hub")}, 1


LOOKS: tuple[Callable[[], Look], ...] = (steps, held, queues, connections, breakers, imports, workers, database, about)


def _number(rows: QuerySet[StepRun]) -> int:
    return rows.order_by()[:MOST_COUNTED].count()
