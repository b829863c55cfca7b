"""Celery: a message a unit, the prefork pool it comes with, eight processes."""

from __future__ import annotations

from collections.abc import Sequence

from celery import Celery

from bench.peers import work

app = Celery("peer", broker=work.REDIS)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True, worker_prefetch_multiplier=8)


@app.task(acks_late=True)
def post(ref: str) -> None:
    """One unit."""
    work.post(ref)


def run(units: int) -> None:
    """So many."""
    work.table()
    line = [
        "-m",
        "celery",
        "-A",
        __name__,
        "worker",
        "-P",
        "prefork",
        "-c",
        "8",
        "--without-gossip",
        "--without-mingle",
    ]
    work.race(units, [line], _send)


def _send(refs: Sequence[str]) -> None:
    for ref in refs:
        post.delay(ref)
