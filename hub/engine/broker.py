"""The bell: Dramatiq on Redis, or in this process.

Both ways to run use the same actors. What Dramatiq offers beyond waking a worker (timers, retries, results, limits) is not
used, because the rows do it: ``docs/decisions/dramatiq.md`` says which option is set to what, and why.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import Any

import dramatiq
from django.conf import settings
from django.db import close_old_connections, connections
from dramatiq.brokers.stub import StubBroker
from dramatiq.common import current_millis
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import AgeLimit, CurrentMessage, Middleware, Retries, ShutdownNotifications, SkipMessage

from hub.engine import knocking

log = logging.getLogger("hub.engine")

NAMESPACE = "hub"
"""Before every key in Redis."""

QUEUES = ("steps", "mail", "webhooks", "imports", "housekeeping")
"""Separate lines, so that a long import does not hold up a step."""

MESSAGE_MS = 900_000
"""A bell older than this is thrown away; the rows ring again."""

MOST_WAITING = 1_000
"""Messages in one line; what comes beyond is not sent, for the rows know it. One of a hundred steps has 7 KB: workers that stay
away for a week cost Redis 7 MB, and not a gigabyte a day."""

FEW_WAITING = 100
"""Somebody takes them, or they would be more. While there are more, nothing is rung for a second time."""

DEAD_KEPT = 100
"""Dead letters that a process keeps of each line where there is no Redis to keep them."""

HEARTBEAT_MS = 30_000
DEAD_MESSAGE_MS = 86_400_000
MAINTENANCE_CHANCE = 20_000
"""In a million commands: how often Dramatiq looks for messages of dead workers. Ours are found by the rows anyway."""

IDLE_MS = {"steps": 20, "webhooks": 100}
"""How long a consumer with messages in hand rests before it asks Redis again. One with empty hands listens (:mod:`knocking`)."""

OTHER_IDLE_MS = 500
DELAYED_IDLE_MS = 1_000
"""Nothing is ever parked in a delay queue: due times are rows."""

REDIS_SECONDS = 5.0
"""A Redis that does not answer must not keep the page of a person who has just pressed a button."""

LOCAL_IDLE_MS = 500
"""In one process a waiting thread is woken by the message itself; this only bounds how long stopping takes."""


class TooOld(AgeLimit):
    """Throws away what is too old, and says that it is done with: a dead letter would tell of a failure that was none."""

    def before_process_message(self, broker: Any, message: Any) -> None:
        if current_millis() - message.message_timestamp >= self.max_age:
            raise SkipMessage("The message is too old; the rows ring again.")


class FewDeadLetters(Middleware):
    """Where dead letters are kept in this process's memory, only the last few of each line are."""

    def after_nack(self, broker: Any, message: Any) -> None:
        del broker.dead_letters_by_queue[message.queue_name][:-DEAD_KEPT]


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
        TooOld(max_age=MESSAGE_MS),
        ShutdownNotifications(notify_shutdown=False),
        CurrentMessage(),
        Retries(max_retries=0),  # removing it would mark failures as done
        FreshConnections(),
    ]


def make() -> dramatiq.Broker:
    """The broker this installation asks for, put in force for the process. The queues appear with the actors."""
    broker = _redis(settings.HUB_REDIS_URL) if settings.HUB_REDIS_URL else Local([*middleware(), FewDeadLetters()])
    for queue in QUEUES:
        broker.declare_queue(queue)
    dramatiq.set_broker(broker)
    return broker


def waiting(queue: str) -> int:
    """Messages in this line that nobody has taken yet.

    Raises:
        dramatiq.errors.ConnectionClosed: the broker is out of reach.
    """
    return int(_in_force().waiting(queue))


def dead(queue: str) -> int:
    """Messages of this line that failed within the last day.

    Raises:
        dramatiq.errors.ConnectionClosed: the broker is out of reach.
    """
    return int(_in_force().dead(queue))


def _in_force() -> Any:
    return dramatiq.get_broker()


def idle_ms(queue: str) -> int:
    """How long a consumer of this queue rests when there is nothing to do."""
    return DELAYED_IDLE_MS if queue.endswith(".DQ") else IDLE_MS.get(queue, OTHER_IDLE_MS)


class Bounded(dramatiq.Broker):
    """Takes no message into a line that is long enough. A mixin for the brokers below, which know their lines."""

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        """Put it into its line, or let it be: what it would say is in the rows, and is said again when there is room."""
        if self.waiting(message.queue_name) >= MOST_WAITING:
            log.debug("%s is not rung for: %s messages wait in the line %r", message, MOST_WAITING, message.queue_name)
            return message
        return super().enqueue(message, delay=delay)

    def waiting(self, queue: str) -> int:
        """Messages that nobody has taken yet."""
        raise NotImplementedError

    def dead(self, queue: str) -> int:
        """Messages that failed within the last day."""
        raise NotImplementedError


class Local(Bounded, StubBroker):
    """In this process."""

    def waiting(self, queue: str) -> int:
        line = self.queues.get(queue)
        return line.qsize() if line else 0

    def dead(self, queue: str) -> int:
        since = current_millis() - DEAD_MESSAGE_MS
        return sum(letter.message_timestamp > since for letter in list(self.dead_letters_by_queue[queue]))


def _redis(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.redis import RedisBroker
    from redis import Redis, RedisError

    class Patient(Bounded, RedisBroker):
        """Dramatiq's, with a rest of its own for each queue, and patience with a Redis that is full or slow.

        To Dramatiq only a broken connection is a trouble that passes. A command that is refused for want of memory it would take
        for a mistake: the message that was just done would never be crossed off, and each line would tell its trace every second.
        """

        def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5_000) -> Any:
            idle = min(timeout, idle_ms(queue_name))
            if queue_name.endswith(".DQ"):
                return super().consume(queue_name, prefetch, idle)
            hears = partial(self._asked, knocking.listen, self.client, self._door(queue_name))
            inner = super().consume(queue_name, prefetch, timeout=1)
            return knocking.Listening(inner, hears, idle / 1_000, timeout / 1_000)

        def do_enqueue(self, queue_name: str, *args: Any) -> None:
            self._dispatch("enqueue")(queue_name, *args)
            with suppress(RedisError):  # the message is in its line, and will be seen
                knocking.knock(self.client, self._door(queue_name))

        def _door(self, queue_name: str) -> str:
            return f"{self.namespace}:{queue_name}.knock"

        def waiting(self, queue: str) -> int:
            return int(self._asked(self.client.llen, f"{self.namespace}:{queue}"))

        def dead(self, queue: str) -> int:
            return int(self._asked(self.client.zcard, f"{self.namespace}:{queue}.XQ"))

        def _dispatch(self, command: str) -> Any:
            do = super()._dispatch(command)
            return lambda *args: self._asked(do, *args)

        def _asked(self, do: Any, *args: Any) -> Any:
            try:
                return do(*args)
            except RedisError as trouble:
                raise ConnectionClosed(trouble) from trouble

    client = Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
    return Patient(
        client=client, namespace=NAMESPACE, middleware=middleware(), heartbeat_timeout=HEARTBEAT_MS,
        maintenance_chance=MAINTENANCE_CHANCE, dead_message_ttl=DEAD_MESSAGE_MS,
    )  # fmt: skip
