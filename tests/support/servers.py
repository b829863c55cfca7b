"""Real servers for tests: started on a free loopback port, ready when `start` returns, gone when the tests end.

A `Server` owns one process and the folder its data lies in. It can be stopped politely, killed as a crash would kill it, and
started again on the same port with the same data, which is what the fault tests are about. Three things see to it that nothing
stays behind: fixtures call `discard`, an exit hook stops whatever is left, and the kernel (on Linux) signals the server when
the process that started it dies, even by SIGKILL. Start servers from the main thread: that signal follows the thread.

`tests.support.postgres` and `tests.support.valkey` say what each kind of server is started with.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

START_SECONDS = 180.0  # a cold, busy two-core machine; a healthy start takes well under two
STOP_SECONDS = 20.0  # after that it is killed
POLL_SECONDS = 0.02  # how often we ask whether it answers yet
PORT_TRIES = 3  # a port can be taken between our asking and the server's binding
FIRST_PORT = 10_240  # below are the ones that services have


class ServerFailed(RuntimeError):
    """The server ended or stayed silent instead of becoming ready. The message ends with the tail of its log."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment.

    Not one of those that the kernel gives to whoever asks for any: between our asking and a server's binding, or while it is
    down, somebody's outgoing connection would have it, even the one that looks whether the server is there again.
    """
    ours = range(FIRST_PORT, _first_of_the_kernel_s())
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(ours) if len(ours) > 1_000 else 0))
            port: int = probe.getsockname()[1]
            return port


def _first_of_the_kernel_s() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return 0


class Server(ABC):
    """One server process on `127.0.0.1:port`, its data in `home`."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix=f"hub-{self.name}-"))
        self.log = self.home / "log"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._made_by = os.getpid()
        atexit.register(self.discard)

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that runs the server in the foreground on `self.port`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes commands now."""

    def prepare(self) -> None:  # noqa: B027 (most servers make their own folder)
        """Called once before the first start: make the data folder."""

    def move(self) -> None:
        """To another port, before it has ever run."""
        self.port = free_port()

    def owner(self) -> int | None:
        """The user id to run under; None for the present user."""
        return None

    @property
    def pid(self) -> int:
        """The process to send signals to. Raises `ServerFailed` when it is not running."""
        if self._process is None:
            raise ServerFailed(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def create(self) -> None:
        """Make the data folder and start, on another port if somebody was quicker."""
        self.prepare()
        for last in range(PORT_TRIES):
            try:
                return self.start()
            except ServerFailed:
                if last == PORT_TRIES - 1:
                    raise
                self.move()

    def start(self) -> None:
        """Start on the data that is there, and return when it answers. Raises `ServerFailed`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for pytest, which then stops us
                preexec_fn=_die_with_parent(self.stop_signal),
                **identity(self.owner()),
            )
        self._await_ready()

    def stop(self, how: signal.Signals | None = None) -> None:
        """End it politely, and by force when it does not go. Harmless when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how or self.stop_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it as a power cut would: no last words, nothing flushed by the server."""
        self.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop, then start on the same data and port."""
        self.stop()
        self.start()

    def discard(self) -> None:
        """Stop it and remove its data. May be called twice; a fork of the process that made it leaves it alone."""
        if os.getpid() != self._made_by:
            return
        atexit.unregister(self.discard)
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"{self.name} did not become ready on port {self.port}:\n{self._log_tail()}")
            time.sleep(POLL_SECONDS)

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


def identity(uid: int | None) -> dict[str, object]:
    """Arguments for subprocess that shed root for `uid`."""
    return {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}


def _die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child: ask the Linux kernel to send `how` when the parent is gone. Elsewhere the exit hook must do."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(1, how)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
