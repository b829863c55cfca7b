"""The bell: Dramatiq on Redis, or in this process.

Both ways to run use the same actors. What Dramatiq offers beyond waking a worker (timers, retries, results, limits) is not
used, because the rows do it: ``docs/decisions/dramatiq.md`` says which option is set to what, and why.
"""

from __future__ import annotations

from typing import Any

import dramatiq
from django.conf import settings
from django.db import close_old_connections, connections
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, CurrentMessage, Middleware, Retries, ShutdownNotifications

QUEUES = ("steps", "mail", "webhooks", "imports", "housekeeping")
"""Separate lines, so that a long import does not hold up a step."""

MESSAGE_MS = 900_000
"""A bell older than this is thrown away; the rows ring again."""

HEARTBEAT_MS = 30_000
DEAD_MESSAGE_MS = 86_400_000
MAINTENANCE_CHANCE = 20_000
"""In a million commands: how often Dramatiq looks for messages of dead workers. Ours are found by the rows anyway."""

IDLE_MS = {"steps": 20, "webhooks": 100}
"""How long an idle consumer sleeps before it asks Redis again. Dramatiq's own second would be most of a lone step's delay;
twenty milliseconds for every line would be five hundred questions a second for nothing."""

OTHER_IDLE_MS = 500
DELAYED_IDLE_MS = 1_000
"""Nothing is ever parked in a delay queue: due times are rows."""

REDIS_SECONDS = 5.0
"""A Redis that does not answer must not keep the page of a person who has just pressed a button."""

LOCAL_IDLE_MS = 500
"""In one process a waiting thread is woken by the message itself; this only bounds how long stopping takes."""


class FreshConnections(Middleware):
    """A worker's thread lives for days: stale database connections are dropped around each message, the last one at its end."""

    def before_process_message(self, broker: Any, message: Any) -> None:
        close_old_connections()

    def before_worker_thread_shutdown(self, broker: Any, thread: Any) -> None:
        connections.close_all()

    def after_process_message(self, broker: Any, message: Any, *, result: Any = None, exception: Any = None) -> None:
        close_old_connections()


def middleware() -> list[Middleware]:
    """Ours, and nothing that interrupts a thread between a vendor's answer and our commit."""
    return [
        AgeLimit(max_age=MESSAGE_MS),
        ShutdownNotifications(notify_shutdown=False),
        CurrentMessage(),
        Retries(max_retries=0),  # removing it would mark failures as done
        FreshConnections(),
    ]


def make() -> dramatiq.Broker:
    """The broker this installation asks for, put in force for the process. The queues appear with the actors."""
    broker = _redis(settings.HUB_REDIS_URL) if settings.HUB_REDIS_URL else StubBroker(middleware=middleware())
    for queue in QUEUES:
        broker.declare_queue(queue)
    dramatiq.set_broker(broker)
    return broker


def idle_ms(queue: str) -> int:
    """How long a consumer of this queue rests when there is nothing to do."""
    return DELAYED_IDLE_MS if queue.endswith(".DQ") else IDLE_MS.get(queue, OTHER_IDLE_MS)


def _redis(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.redis import RedisBroker
    from redis import Redis

    class Patient(RedisBroker):
        """Dramatiq's, with a rest of its own for each queue."""

        def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5_000) -> Any:
            return super().consume(queue_name, prefetch, min(timeout, idle_ms(queue_name)))

    client = Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
    return Patient(
        client=client, namespace="hub", middleware=middleware(), heartbeat_timeout=HEARTBEAT_MS,
        maintenance_chance=MAINTENANCE_CHANCE, dead_message_ttl=DEAD_MESSAGE_MS,
    )  # fmt: skip
