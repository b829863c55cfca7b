"""Procrastinate: a job a unit in PostgreSQL, two workers of sixteen coroutines, httpx's own asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import procrastinate

from bench.peers import work

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=work.DATABASE))
_clients: list[httpx.AsyncClient] = []


@app.task(queue="peer")
async def post(ref: str) -> None:
    """One unit."""
    if not _clients:
        _clients.append(httpx.AsyncClient(trust_env=False))
    body, key = {"ref": ref, "to": "Ada"}, {"Idempotency-Key": ref}
    answer = await _clients[0].post(f"{work.VENDOR}/things", json=body, headers=key)
    answer.raise_for_status()
    await asyncio.to_thread(work.keep, ref, answer.json()["id"])


def run(units: int) -> None:
    """So many."""
    work.table()
    with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=work.DATABASE)).open() as made:
        made.schema_manager.apply_schema()
        line = ["-m", "bench.peers.procrastinate_row"]
        job = made.configure_task(post.name, queue="peer")
        work.race(units, [line, line], lambda refs: _send(job, refs))


def _send(job: procrastinate.jobs.JobDeferrer, refs: Sequence[str]) -> None:
    job.batch_defer(*({"ref": ref} for ref in refs))


def main() -> None:
    """The worker."""
    from bench.peers.procrastinate_row import app as named  # the task's name holds its module's

    async def serve() -> None:
        async with named.open_async():
            await named.run_worker_async(queues=["peer"], concurrency=16, delete_jobs="always")

    asyncio.run(serve())


if __name__ == "__main__":
    main()
