"""`hub …` as a real program, with a data folder of its own and nothing from the shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECONDS = 300.0


BUILD_SERVERS = ("CI", "BUILD_NUMBER")
"""Where one of these is set, pytest tells every failure twice; an author's shell has neither."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """The shell's, without what it says about some other hub, and without a build server's habits."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HUB_", "DJANGO_")) and name not in BUILD_SERVERS
    }
    return {**kept, "HUB_HOME": str(home), **more}


def hub(home: Path, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *words], env=environment(home, **more), input=stdin, capture_output=True,
        text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
