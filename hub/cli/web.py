"""Run the web alone. Workers and ticker run elsewhere; start as many of these as you like behind a proxy."""

from __future__ import annotations

import argparse

from hub.cli import listening
from hub.cli.saying import say
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    listening.address(parser)
    listening.threads(parser, "requests at a time")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Start, wait to be told, stop."""
    from hub.cli.main import functions
    from hub.process import parent, scaled
    from hub.process.stopping import Stop, leave

    parent.follow()
    stop = Stop()
    scaled.ready("hub web", functions())
    from hub.process import metrics, serving, ticking

    metrics.begin("web")
    web = serving.Web(given.host, given.port, given.threads)
    ticking.hear_the_web()
    web.start()
    say(f"ready: {web.url}")
    stop.wait()
    web.close()
    say("stopped")
    leave(0)
    return 0
