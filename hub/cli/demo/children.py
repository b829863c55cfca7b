"""The processes of a demo: each with a log of its own, each stopped by its id in the end.

They end with this process however it ends, a power cut of its own included.
"""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.cli.trouble import Stop
from hub.process import parent

READY_SECONDS = 60.0
"""A loaded machine may need long to start Python; a living process that says nothing so long is stuck."""

END_SECONDS = 30.0


class Child:
    """One process whose first line of output says that it is ready."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        self._errors = log.open("ab")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, env={**environment, **parent.named()},
            start_new_session=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.poll()

    def first_line(self) -> str:
        """Wait for it.

        Raises:
            Stop: it ended or stays silent; with the end of its log.
        """
        out = self._process.stdout
        assert out is not None
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            readable, _, _ = select.select([out], [], [], 0.1)
            line = out.readline().decode().strip() if readable else ""
            if line:
                return line
            if readable or not self.alive:
                break
        raise Stop(f"The {self.name} did not start.\n{self.tail()}")

    def tail(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-8:]
        return "\n".join([f"The end of {self.log}:", *(f"  {line[:300]}" for line in lines)])

    def kill(self) -> None:
        """As a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        """Ask it to end, and end it by force if it does not."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._end()

    def _end(self) -> None:
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()


class Children:
    """All of them; the last that was started is stopped first. Use it as a context."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs, self._children = logs, list[Child]()
        self.environment = dict(environment)

    def start(self, name: str, module: str, *arguments: str) -> tuple[Child, str]:
        """Run a module as a program; returns it with the first line it said."""
        command = [sys.executable, "-m", module, *arguments]
        child = Child(name, command, self._logs / f"{name.replace(' ', '-')}.log", self.environment)
        self._children.append(child)
        return child, child.first_line()

    def dead(self) -> Child | None:
        """One that has ended without being told to."""
        return next((child for child in self._children if not child.alive), None)

    def forget(self, child: Child) -> None:
        """It was ended on purpose."""
        self._children.remove(child)

    def stop(self) -> None:
        """End all."""
        while self._children:
            self._children.pop().stop()

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
