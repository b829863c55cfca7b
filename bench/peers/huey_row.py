"""Huey: a message a unit, one consumer of sixteen threads."""

from __future__ import annotations

from collections.abc import Sequence

from huey import RedisHuey

from bench.peers import work

huey = RedisHuey("peer", url=work.REDIS, results=False)


@huey.task()
def post(ref: str) -> None:
    """One unit."""
    work.post(ref)


def run(units: int) -> None:
    """So many."""
    work.table()
    start = "from huey.bin.huey_consumer import consumer_main; consumer_main()"
    work.race(units, [["-c", start, f"{__name__}.huey", "-w", "16", "-k", "thread", "-d", "0.02", "-m", "0.1"]], _send)


def _send(refs: Sequence[str]) -> None:
    for ref in refs:
        post(ref)
