"""A worker that calls with one connection's sign-in, in a process of its own, for the race over a token's end.

``python -m tests.support.oauth_worker <connection> <origin of the vendor> <threads> <module of the add-on>`` with the database in
the environment. For each line ``go`` it hears, every thread asks for a token to call with, until it has one or somebody must act,
and the process says in one line of JSON what each got. ``HUB_CRASH_POINT`` may end it on the way.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")

LONGEST = 60.0
"""Seconds for one token."""


def main(connection_id: int, origin: str, threads: int, module: str) -> None:
    """Until standard input ends."""
    import django

    django.setup()

    from hub.addons import installed
    from hub.core import registry as registries
    from hub.core.egress import Egress
    from hub.dispatch.outside import Outside

    addon = importlib.import_module(module).addon
    name = addon.hub_addon().name
    outside = Outside(Egress.of([urlsplit(origin).netloc]), {name: origin + "/v1", f"{name}.oauth": origin})
    with installed.use(registries.from_objects([addon])), ThreadPoolExecutor(threads) as pool:
        say("ready")
        for _line in sys.stdin:
            say(list(pool.map(lambda _: token(outside, connection_id), range(threads))))
    outside.close()


def token(outside: Any, connection_id: int) -> str:
    """The access token that a call would now be made with; or the sentence that says who acts."""
    from django.db import connections

    from hub.addons.models import Connection
    from hub.addons.oauth import keeping
    from hub.dispatch.gate import Do

    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        try:
            sign_in = keeping.sign_in(Connection.objects.get(pk=connection_id))
        finally:
            connections.close_all()
        waits = outside.run(sign_in.ready(outside))
        if waits is None:
            return str(sign_in.into({})["access_token"])
        if waits.do is Do.HOLD:
            return str(waits.sentence)
        time.sleep(0.05)
    return "no token came in time"


def say(data: Any) -> None:
    """One line."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
