"""The hub's own HTTP client, as many calls in flight as the hub allows itself, and nothing durable: the ceiling."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from bench import world
from bench.meter import Meter

if TYPE_CHECKING:
    from hub.core.http import Straight

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
    async with transport(Egress.of([url.removeprefix("http://")])) as way_out:
        with meter.running():
            await asyncio.gather(*(_post(way_out, f"{url}/things", n, places) for n in range(units)))


async def _post(way_out: Straight, url: str, n: int, places: asyncio.Semaphore) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": f"r-{n}"}
    async with places:
        answer = await way_out.ask("POST", url, headers, json.dumps({"ref": f"r-{n}", "to": "Ada"}).encode())
        await answer.read()
    answer.raise_for_status()
