"""Redis: the bell of the scaled-out hub. Losing it loses nothing; set up wrongly it still costs delays and surprises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from hub.engine.broker import QUEUES
from hub.process.checkup.finding import Finding, bad, ok, warn

WANTED = {
    "appendonly": ("yes", "every bell is lost when it restarts; the rows ring again, later"),
    "maxmemory-policy": ("noeviction", "bells may be thrown away when memory is short"),
}
OFF_SECONDS = 5.0


def answers() -> Iterator[Finding]:
    """Whether it is there, and how it is set up."""
    if not settings.HUB_REDIS_URL:
        yield ok("bell", "it rings inside the process; no Redis is configured.")
        return
    import redis

    client: Any = redis.Redis.from_url(settings.HUB_REDIS_URL, socket_timeout=5, socket_connect_timeout=5)
    try:
        client.ping()
    except redis.RedisError as error:
        yield bad(
            "Redis", f"it does not answer: {error}", "start it, or mend HUB_REDIS_URL. Nothing is lost meanwhile."
        )
        return
    yield ok("Redis", "it answers.")
    yield from _set_up(client, redis.RedisError)
    yield from _clock(client)
    yield from _dead_letters(client)


def _set_up(client: Any, refused: type[Exception]) -> Iterator[Finding]:
    for name, (wanted, otherwise) in WANTED.items():
        try:
            found = client.config_get(name).get(name, "")
        except refused:
            yield warn("Redis", f"it does not tell its {name}.", f"see that it is {wanted}.")
            continue
        found = found.decode() if isinstance(found, bytes) else str(found)
        if found != wanted:
            yield warn("Redis", f"{name} is {found or 'not set'}, not {wanted}: {otherwise}.", f"set {name} {wanted}.")
        else:
            yield ok("Redis", f"{name} is {wanted}.")


def _clock(client: Any) -> Iterator[Finding]:
    seconds, micros = client.time()
    off = abs(datetime.now(UTC).timestamp() - (seconds + micros / 1_000_000))
    if off > OFF_SECONDS:
        yield warn("clock", f"Redis' clock and this machine's are {off:.0f} seconds apart.", "run NTP on both.")


def _dead_letters(client: Any) -> Iterator[Finding]:
    dead = sum(client.zcard(f"hub:{queue}.XQ") for queue in QUEUES)
    if dead:
        yield warn(
            "Redis", f"{dead} messages were given up within the last day.", "read the workers' log: a job failed."
        )
