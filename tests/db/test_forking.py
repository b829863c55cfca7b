"""A child that a plugin forks off a hub holds neither the hub's folder nor its port when the hub is gone."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from hub.process import alone, serving
from tests.support.servers import free_port


def test_the_folder_and_the_port_of_a_killed_hub_are_free_although_a_child_of_it_lives(tmp_path: Path) -> None:
    lock, port = alone.Lock(tmp_path), free_port()
    told, tell = os.pipe()
    hub = os.fork()
    if hub == 0:
        _be_a_hub_that_is_killed(lock, port, tell)
    os.close(tell)
    child, bound = map(int, os.read(told, 100).split())
    os.waitpid(hub, 0)

    try:
        assert bound == port
        assert not alone.is_running(tmp_path)
        assert serving.is_free(port)
    finally:
        os.kill(child, signal.SIGKILL)


def _be_a_hub_that_is_killed(lock: alone.Lock, port: int, tell: int) -> None:
    """It takes its folder and its port, a plugin of it forks, and it is gone."""
    try:
        lock.take()
        web = serving.Web("127.0.0.1", port)
        web.start()
        child = os.fork()
        if child == 0:
            os.close(tell)
            time.sleep(600)
        os.write(tell, f"{child} {web.port}".encode())
    finally:
        os.kill(os.getpid(), signal.SIGKILL)
