"""Dramatiq: a message a unit, two processes of eight threads."""

from __future__ import annotations

from collections.abc import Sequence

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.peers import work

broker = RedisBroker(url=work.REDIS, namespace="peer")
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="peer")
def post(ref: str) -> None:
    """One unit."""
    work.post(ref)


def run(units: int) -> None:
    """So many."""
    work.table()
    work.race(units, [["-m", "dramatiq", __name__, "-p", "2", "-t", "8", "-Q", "peer"]], _send)


def _send(refs: Sequence[str]) -> None:
    for ref in refs:
        post.send(ref)
