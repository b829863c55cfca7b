"""Run workers alone, in one process or several. A process that dies is started again; what it held is taken back."""

from __future__ import annotations

import argparse

from hub.cli import listening
from hub.cli.saying import say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and for which queues."""
    listening.threads(parser, "messages at a time, in each process; steps are only put into lines by them")
    parser.add_argument("--processes", type=listening.positive, default=1, help="processes to keep alive (default 1)")
    listening.stuck(parser)
    parser.add_argument("--queues", default="", help="only these queues, comma list (default all)")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """One worker here, or several children."""
    from hub.process import parent, scaled

    parent.follow()
    queues = scaled.queues(given.queues)
    return _here(given.threads, queues) if given.processes == 1 else _children(given, queues)


def _here(threads: int, queues: frozenset[str]) -> int:
    from hub.cli.main import functions
    from hub.process import beating, scaled
    from hub.process.stopping import Stop, leave

    stop = Stop()
    scaled.ready("hub worker", functions())
    from hub.engine import runtime
    from hub.process import metrics
    from hub.process.working import Working

    metrics.begin("worker")
    working = Working(threads, queues)
    working.start()
    beating.begin()
    say(f"ready: worker {runtime.current().worker.no}, {threads} messages at a time")
    stop.wait()
    finished = working.stop()
    say("stopped")
    leave(0 if finished else 1)
    return 0


def _children(given: argparse.Namespace, queues: frozenset[str]) -> int:
    from hub.cli.main import functions
    from hub.process import scaled, supervising
    from hub.process.stopping import GRACE_SECONDS, Stop

    stop = Stop()
    scaled.ready("hub worker", functions())
    words = ["worker", "--threads", str(given.threads), *(["--queues", ",".join(sorted(queues))] if queues else [])]
    supervisor = supervising.Supervisor(supervising.python(*words), given.processes, say, stuck=given.stuck)
    code = supervisor.run(stop.wait, GRACE_SECONDS + 3)
    say("stopped")
    return code
