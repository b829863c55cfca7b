"""The vendor that everybody calls: takes a POST, answers 201 with an id, at once. A process of its own on loopback.

Under ``/slow`` he takes his time. ``/heard`` tells when each reference was heard, in seconds since the epoch.

``python -m bench.vendor`` prints its address as the first line and serves until it is told to stop.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import time

from aiohttp import web

SLOW = "/slow"
SLOW_SECONDS = 0.2

_numbers = itertools.count(1)
_heard: dict[str, float] = {}


async def take(request: web.Request) -> web.Response:
    """Act, and say so."""
    at = time.time()
    body = await request.json()
    _heard[body["ref"]] = at
    return web.json_response({"id": f"id-{next(_numbers)}", "ref": body["ref"]}, status=201)


async def take_slowly(request: web.Request) -> web.Response:
    """The same, later."""
    await asyncio.sleep(SLOW_SECONDS)
    return await take(request)


async def heard(request: web.Request) -> web.Response:
    """What was heard, and when."""
    return web.json_response(_heard)


async def main() -> None:
    """Serve."""
    app = web.Application()
    app.router.add_post("/things", take)
    app.router.add_post(f"{SLOW}/things", take_slowly)
    app.router.add_get("/heard", heard)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
