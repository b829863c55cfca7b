"""The hub's own HTTP client, as many calls in flight as the hub allows itself, and nothing durable: the ceiling."""

from __future__ import annotations

import asyncio
import os

import httpx

from bench import world
from bench.meter import Meter

IN_FLIGHT = 64


def run(units: int) -> None:
    """So many POSTs."""
    url = os.environ[world.VENDOR]
    meter = Meter()
    asyncio.run(_post_all(url, units, meter))
    meter.report(units)


async def _post_all(url: str, units: int, meter: Meter) -> None:
    from hub.core.egress import Egress
    from hub.core.http import transport

    places = asyncio.Semaphore(IN_FLIGHT)
    async with httpx.AsyncClient(transport=transport(Egress.of([url.removeprefix("http://")])), timeout=None) as http:
        with meter.running():
            await asyncio.gather(*(_post(http, f"{url}/things", n, places) for n in range(units)))


async def _post(http: httpx.AsyncClient, url: str, n: int, places: asyncio.Semaphore) -> None:
    async with places:
        answer = await http.post(url, json={"ref": f"r-{n}", "to": "Ada"}, headers={"Idempotency-Key": f"r-{n}"})
    answer.raise_for_status()
