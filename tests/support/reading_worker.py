"""A process that reads mailboxes as a worker does, and says what that costs.

``python -m tests.support.reading_worker <certificate> <port>...`` with the database in the environment. For each line it hears it
says in one line of JSON how many mailboxes it keeps open and what it has used; when it hears no more, it stops and says how long
that took.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.db.settings")


def main(certificate: str, ports: list[str]) -> None:
    """Until standard input ends."""
    import django

    django.setup()

    from hub_smtp_custom import addon

    from hub.addons import installed
    from hub.core import registry
    from hub.core.egress import Egress
    from hub.dispatch.outside import Outside
    from hub.dispatch.post.office import PostOffice
    from hub.engine import identity
    from hub.process import reading
    from hub.steps import email

    outside = Outside(Egress.of(f"127.0.0.1:{port}" for port in ports))
    outside.office = PostOffice.of(outside.egress, ssl.create_default_context(cafile=certificate))
    with installed.use(registry.from_objects([addon, email.addon])), installed.use_outside(outside):
        here = identity.enter()
        say({"worker": here.no, **used()})
        part = reading.reading(here.no)
        part.start()
        for _line in sys.stdin:
            say({"open": part.open, "well": sum(one.well for one in part._watchers.values()), **used()})
        begun = time.monotonic()
        ended = part.stop(30)
        say({"stopped": ended, "seconds": time.monotonic() - begun})
        here.leave()
    outside.close()


def used() -> dict[str, float]:
    """Memory in MiB, threads, and seconds of the processor so far."""
    status = Path("/proc/self/status").read_text()
    found = {name: int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) for name in ("VmRSS", "Threads")}  # type: ignore[index]
    return {"mib": found["VmRSS"] / 1024, "threads": found["Threads"], "cpu": time.process_time()}


def say(data: Any) -> None:
    """One line."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
