"""Workers that see others as a worker of another host does, in a database that has been up for long.

``python -m tests.faults.elsewhere`` divides as :mod:`tests.support.plain_worker` does. A test's database was started a moment
ago, and of such a one a free lock proves nothing (``hub.engine.sweep.RESTARTED``); two minutes are too long to wait for.
"""

from __future__ import annotations

from datetime import timedelta

from tests.support import plain_worker


def main() -> None:
    """Believe the server to be a day old, and divide."""
    from hub.db import uptime

    uptime.of_the_server = lambda: timedelta(days=1)
    plain_worker.main()


if __name__ == "__main__":
    main()
