"""Redis: the bell of the scaled-out hub. Losing it loses nothing; set up wrongly it still costs delays and surprises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from hub.engine.broker import MOST_WAITING, NAMESPACE, QUEUES
from hub.process.checkup.finding import Finding, bad, ok, warn

OLDEST = (6, 0)
FULL = 0.8
"""Of the memory it may use."""

WANTED = {
    "appendfsync": ("everysec", "bells may be lost when the machine stops, or each of them waits for the disk"),
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
    except redis.AuthenticationError:
        yield bad("Redis", "it does not let us in.",
                  "correct user and password in HUB_REDIS_URL. Nothing is lost meanwhile.")  # fmt: skip
        return
    except redis.RedisError as error:
        yield bad(
            "Redis", f"it does not answer: {error}", "start it, or mend HUB_REDIS_URL. Nothing is lost meanwhile."
        )
        return
    for look in (_version, _password, _clock, _lines):
        try:
            yield from look(client)
        except redis.ResponseError as refused:  # what a user may ask is for its owner to say
            yield warn("Redis", f"it answers, and does not tell everything: {refused}.",
                       "let the user of HUB_REDIS_URL ask that, or look there yourself.")  # fmt: skip
    yield from _set_up(client, redis.RedisError)


def _version(client: Any) -> Iterator[Finding]:
    """How old it is, how full, and whether it comes to write down what it has."""
    told = client.info()
    version = str(told.get("redis_version", "0.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        yield bad("Redis", f"version {version} is too old.", "use 6.0 or newer, or Valkey.")
    else:
        yield ok("Redis", f"it answers ({told.get('server_name', 'redis')} {told.get('valkey_version', version)}).")
    if told.get("aof_enabled") and told.get("aof_last_write_status") != "ok":
        yield bad(
            "Redis", "it cannot write its file: it is about to forget every bell.", "look at its disk and its log."
        )
    most, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    if most and used > FULL * most:
        yield warn("Redis", f"{used / most:.0%} of its memory is used; when it is full, nothing can be rung for.",
                   "give it more, or see why nobody takes the messages.")  # fmt: skip


def _password(client: Any) -> Iterator[Finding]:
    """Whether it asks who we are."""
    if not client.config_get("requirepass").get("requirepass"):
        yield warn("Redis", "it asks for no password: whoever reaches it can ring.",
                   "set requirepass, or see that nobody else reaches it.")  # fmt: skip


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


def _lines(client: Any) -> Iterator[Finding]:
    """Lines that nobody seems to serve, and jobs that failed."""
    for queue in QUEUES:
        if client.llen(f"{NAMESPACE}:{queue}") >= MOST_WAITING:
            yield warn("Redis", f"{MOST_WAITING:,} messages wait in the line {queue}, and no more are rung for.",
                       f"start workers that serve it: hub worker --queues {queue}. Nothing is lost meanwhile.")  # fmt: skip
    dead = sum(client.zcard(f"{NAMESPACE}:{queue}.XQ") for queue in QUEUES)
    if dead:
        yield warn(
            "Redis", f"{dead} jobs failed within the last day.", "read the workers' log: it says which, and why."
        )
