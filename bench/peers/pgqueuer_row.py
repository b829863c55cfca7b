"""PgQueuer: a job a unit in PostgreSQL, two workers, httpx's own asynchronous client."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import asyncpg
import httpx
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries

from bench.peers import work

BATCH = 20


def run(units: int) -> None:
    """So many."""
    work.table()
    asyncio.run(_install())
    line = ["-m", "bench.peers.pgqueuer_row"]
    work.race(units, [line, line], lambda refs: asyncio.run(_send(refs)))


async def _install() -> None:
    session = await asyncpg.connect(work.DATABASE)
    await Queries(AsyncpgDriver(session)).install()
    await session.close()


async def _send(refs: Sequence[str]) -> None:
    session = await asyncpg.connect(work.DATABASE)
    queries = Queries(AsyncpgDriver(session))
    for start in range(0, len(refs), 500):
        part = refs[start : start + 500]
        await queries.enqueue(["post"] * len(part), [ref.encode() for ref in part], [0] * len(part))
    await session.close()


async def _serve() -> None:
    session = await asyncpg.connect(work.DATABASE)
    client = httpx.AsyncClient(trust_env=False, timeout=60)  # a place in its pool is waited for, too
    peer = PgQueuer(AsyncpgDriver(session))

    @peer.entrypoint("post")
    async def post(job: Job) -> None:
        ref = (job.payload or b"").decode()
        body, key = {"ref": ref, "to": "Ada"}, {"Idempotency-Key": ref}
        answer = await client.post(f"{work.VENDOR}/things", json=body, headers=key)
        answer.raise_for_status()
        await asyncio.to_thread(work.keep, ref, answer.json()["id"])

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, peer.shutdown.set)
    await peer.run(batch_size=BATCH)


if __name__ == "__main__":
    asyncio.run(_serve())
