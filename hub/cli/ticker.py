"""Run the ticker alone: it rings for what is due, sweeps after the dead, and releases what is held. Several may run."""

from __future__ import annotations

import argparse

from hub.cli.saying import say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Start, wait to be told, stop."""
    from hub.cli.main import functions
    from hub.process import parent, scaled
    from hub.process.stopping import Stop, leave

    parent.follow()
    stop = Stop()
    scaled.ready("hub ticker", functions())
    from hub.process import metrics
    from hub.process.ticking import Ticking

    metrics.begin("ticker")
    ticking = Ticking()
    ticking.start()
    say("ready: ticking")
    stop.wait()
    ticking.stop()
    say("stopped")
    leave(0)
    return 0
