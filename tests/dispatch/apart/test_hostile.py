"""What a plugin that means harm can do: in the hub's own process, in one of its own, and behind the walls of that.

The three tests at the top say together what `docs/isolation.md` promises, and what it does not. They were seen on Linux on
x86_64; on a machine without Landlock or seccomp the first one fails, for there the walls do not stand.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.dispatch.apart.spawning import Limits
from hub.dispatch.apart.walls import WALLS
from tests.dispatch.apart.behind import HEAD, Behind, until

pytestmark = pytest.mark.slow

Make = Callable[..., Behind]

ATTEMPTS = """
    import gc, os, resource, signal, socket, subprocess, sys, threading

    class Target(Settings):
        host: int
        canary: int
        folder: str
        halves: list[str]

    def environment(step):
        return any("".join(step.halves) in value for value in os.environ.values())

    def memory(step):
        wanted = "".join(step.halves)
        return any(type(one) is dict and one.get("planted") == [wanted] for one in gc.get_objects())

    def environment_of_the_hub(step):
        return "".join(step.halves) in open(f"/proc/{step.host}/environ").read()

    def memory_of_the_hub(step):
        open(f"/proc/{step.host}/mem", "rb").close()
        return True

    def connection(step):
        socket.create_connection(("127.0.0.1", step.canary), 2).close()
        return True

    def datagram(step):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))
        return True

    def fork(step):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return True

    def program(step):
        return subprocess.run(["/bin/true"]).returncode == 0

    def signal_to_the_hub(step):
        os.kill(step.host, 0)
        return True

    def reading(step):
        return bool(open(step.folder + "/key").read())

    def listing(step):
        return bool(os.listdir("/"))

    def writing(step):
        with open(step.folder + "/written", "w") as file:
            file.write("x")
        return True

    def deleting(step):
        os.unlink(step.folder + "/to_delete")
        return True

    def memory_without_end(step):
        return len(bytearray(1_200_000_000)) > 0

    @addon.action("try_all", Target, title="Try all")
    async def try_all(vendor, step, contact):
        done = []
        for attempt in (environment, memory, environment_of_the_hub, memory_of_the_hub, connection, datagram, fork, program,
                        signal_to_the_hub, reading, listing, writing, deleting, memory_without_end):
            try:
                if attempt(step):
                    done.append(attempt.__name__)
            except (OSError, MemoryError):
                pass
        return Done(" ".join(done))
"""

OWN_PROCESS_STOPS = {"environment", "memory", "memory_without_end"}
"""What a process of its own stops by itself, on every system."""

WALLS_STOP = {
    "environment_of_the_hub", "memory_of_the_hub", "connection", "datagram", "fork", "program", "signal_to_the_hub", "reading",
    "listing", "writing", "deleting",
}  # fmt: skip
"""What the walls stop on top of that."""

SECRET = ("foreign-", "4711-of-another-connection")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The secret of another connection, in the hub's memory; and, as keys are, in the environment it was started with."""
    monkeypatch.setenv("HUB_PLANTED", "".join(SECRET))
    return {"planted": ["".join(SECRET)]}  # a dictionary of texts alone is not on the list that is walked


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder like the hub's own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "key").write_text("a sealing key")
    (home / "to_delete").write_text("the only copy")
    return home


@pytest.fixture
def canary() -> Iterator[list[Any]]:
    """A server inside the network. Who calls it is listed; the first entry is its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[Any] = [listener.getsockname()[1]]

    def hear() -> None:
        while True:
            try:
                caller, address = listener.accept()
            except OSError:
                return
            heard.append(address)
            caller.close()

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    yield heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def succeeded(stage: Behind, canary: list[Any], secrets: Path) -> set[str]:
    """What of its attempts comes off."""
    assert not stage.registry.troubles
    target = {"host": os.getpid(), "canary": canary[0], "folder": str(secrets), "halves": list(SECRET)}
    run = stage.once("pigeon.try_all", options=target)
    assert run.state == "done", run.sentence
    return set(run.note.split())


def test_behind_the_walls_nothing_it_tries_comes_off(
    behind: Make, planted: dict[str, list[str]], canary: list[Any], secrets: Path
) -> None:
    stage = behind(HEAD, ATTEMPTS, limits=Limits(hidden=(str(secrets),)))

    assert stage.door.walls == WALLS
    assert succeeded(stage, canary, secrets) == set()
    assert canary[1:] == []
    assert (secrets / "to_delete").exists()
    assert planted["planted"]


def test_in_a_process_of_its_own_without_walls_only_the_hub_s_memory_is_safe(
    behind: Make, planted: dict[str, list[str]], canary: list[Any], secrets: Path
) -> None:
    """As on a system that has none of them: it runs as the same user, and may do what that user may."""
    stage = behind(HEAD, ATTEMPTS, limits=Limits(hidden=(str(secrets),), walls=False))

    came_off = succeeded(stage, canary, secrets)

    assert stage.door.walls == ()
    assert not came_off & OWN_PROCESS_STOPS
    assert came_off >= {
        "connection",
        "datagram",
        "fork",
        "program",
        "signal_to_the_hub",
        "reading",
        "listing",
        "deleting",
    }
    until(lambda: len(canary[1:]) == 1)
    assert planted["planted"]


def test_in_the_hub_s_own_process_all_of_it_comes_off(
    behind: Make, planted: dict[str, list[str]], canary: list[Any], secrets: Path
) -> None:
    stage = behind(HEAD, ATTEMPTS, trusted=["pigeon"])

    came_off = succeeded(stage, canary, secrets)

    assert stage.apart.doors == {}
    assert came_off >= (OWN_PROCESS_STOPS | WALLS_STOP) - {"environment_of_the_hub"}  # it was set after the start
    assert planted["planted"]


def test_a_hidden_folder_that_code_lies_above_takes_the_wall_out_of_the_list(behind: Make, folder: Path) -> None:
    """The hub believes what was tried and nothing else."""
    home = folder / "home"
    home.mkdir()

    stage = behind(HEAD, limits=Limits(hidden=(str(folder / "elsewhere"), "/usr")))

    assert "files" not in stage.door.walls
    assert set(stage.door.walls) == set(WALLS) - {"files"}


def test_it_cannot_say_itself_that_it_is_walled_in(behind: Make) -> None:
    code = """
        from hub.dispatch.apart import frames, walls
        walls.raised = lambda given: ["files", "network", "processes", "signals"]
        frames.Frame.kind = "walls"
    """

    assert behind(HEAD, code, limits=Limits(walls=False)).door.walls == ()
