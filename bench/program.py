"""The hub as a program of its own: what it prints, and how long it takes to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def command(*words: str) -> list[str]:
    """``hub WORDS``."""
    return [sys.executable, "-m", "hub.cli.main", *words]


@contextmanager
def serving(*words: str) -> Iterator[tuple[str, float]]:
    """A command that serves; yields its address and the seconds until it said that it is ready."""
    began = time.perf_counter()
    running = subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert running.stdout is not None
        line = next((line for line in running.stdout if line.startswith("ready: ")), "")
        if not line:
            raise SystemExit(f"hub {' '.join(words)} did not come up")
        yield line.removeprefix("ready: ").strip(), time.perf_counter() - began
    finally:
        running.terminate()
        running.wait()


def seconds(*words: str) -> float:
    """How long a command takes that ends by itself."""
    began = time.perf_counter()
    subprocess.run(command(*words), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
