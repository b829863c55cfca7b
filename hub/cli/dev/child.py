"""The hub of an author, in a process of its own, so that it can be started again with the code as it now is::

    python -m hub.cli.dev.child FOLDER HOME ADDON --listen N

In that process: the simulator on a port of loopback, and web, workers and ticker as in `hub up`, with the author's page on top. N
is the number of the socket that its parent keeps open (:mod:`hub.cli.dev.door`).
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hub.cli.saying import complain, say
from hub.process import parent

if TYPE_CHECKING:
    from hub.cli.dev.door import Door

END_SECONDS = 40.0


class Running:
    """The child, as its parent sees it. Use it as a context."""

    def __init__(self, folder: Path, home: Path, addon: str, door: Door) -> None:
        self._door = door.fileno()
        words = [str(folder), str(home), addon, "--listen", str(self._door)]
        self._words = [sys.executable, "-m", "hub.cli.dev.child", *words]
        self._environment = environment(folder, home)
        self._process: subprocess.Popen[bytes] | None = None
        self._told = False

    def __enter__(self) -> Running:
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def again(self) -> None:
        """End it in order, and begin anew."""
        self._end()
        self._begin()

    def died(self) -> bool:
        """It has ended by itself; said once."""
        gone = self.code is not None and not self._told
        self._told = self._told or gone
        return gone

    @property
    def code(self) -> int | None:
        """With which it ended; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def _begin(self) -> None:
        self._told = False
        environment = {**self._environment, **parent.named()}  # it must not outlive us, unseen and on our port
        self._process = subprocess.Popen(self._words, env=environment, start_new_session=True, pass_fds=[self._door])

    def _end(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def environment(folder: Path, home: Path) -> dict[str, str]:
    """The shell's, without what it says about some other hub; the plugin's folder comes first on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
    places = [
        str(place) for place in (home / "site", folder / "src", folder) if place == home / "site" or place.is_dir()
    ]
    path = os.pathsep.join([*places, *filter(None, [os.environ.get("PYTHONPATH", "")])])
    return {**kept, "HUB_HOME": str(home), "HUB_LOG_FORMAT": "console", "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def main(arguments: list[str] | None = None) -> int:
    """Be the child."""
    parser = argparse.ArgumentParser(description="The hub of one plugin under development.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("addon")
    parser.add_argument("--listen", type=int, required=True)
    given = parser.parse_args(arguments)
    from hub.cli import trouble, witness

    parent.follow()
    return witness.seen(lambda: trouble.guarded(lambda: _serve(given.folder, given.home, given.addon, given.listen)))


def _serve(folder: Path, home: Path, addon: str, listen: int) -> int:
    from hub.cli import lists, plugin_at
    from hub.cli.dev import ground, site
    from hub.cli.main import functions
    from hub.process import start
    from hub.process.stopping import Stop, leave
    from hub.testing.mail import MailServer
    from hub.testing.simulator import Simulator
    from hub.testing.simulator_server import SimulatorServer

    stop = Stop()
    plugin = site.announced(folder, home, addon)
    with plugin_at.in_use(plugin, "was played by its simulator"):
        simulator = Simulator(plugin.info, ledger=home / "vendor.jsonl")  # it remembers as the hub does
    server = SimulatorServer(simulator, ground.vendor_port(home))
    ground.keep_vendor_port(home, server.port)
    urls = ",".join(f"{name}={url}" for name, url in server.urls.items())
    os.environ |= {"HUB_VENDOR_URLS": urls, "HUB_EGRESS_ALLOWED": server.address}
    with plugin_at.in_use(plugin, "ran in this hub"), server:
        start.django()
        from django.conf import settings

        settings.ROOT_URLCONF = "hub.web.dev.urls"
        from hub.addons import installed
        from hub.cli.dev import world  # it knows tables, so not before Django does
        from hub.process.embedded import Embedded
        from hub.web.dev import bench

        installed.outside().office = MailServer()  # mail of this hub goes nowhere
        hub = Embedded(ground.HOST, 0, commands=functions(), listening=socket.socket(fileno=listen))
        made = world.ready(plugin, server.simulator, home, folder)
        hub.start()
        say(f"ready: {hub.web.url}dev")
        say(f"  sign in   {made.username}   {made.password}")
        say(f"  vendor    {server.url} plays {plugin.info.title}; nothing leaves this machine")
        for words in (*lists.undeclared(plugin), *bench.left_out()):
            complain(words)
        stop.wait()
        finished = hub.stop()
    leave(0 if finished else 1)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
