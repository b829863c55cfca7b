"""Strangers' machines: a fresh environment with the light install and nothing else, and no network once it is there.

The wheels come from where pip takes them, in the versions of our lock; the hub's own is built from this tree. They are gathered
once a test run, whichever worker needs them first.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
TOOLS = ("pytest", "mypy", "ruff", "setuptools")
"""What an author has besides the light install."""

OF_THIS_SHELL = ("PIP_", "HUB_", "DJANGO_", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
"""What an environment says of us and not of the stranger."""

LAZY = {"PIP_COMPILE": "0"}
"""Modules are compiled when they are first imported, and not all of a package at once: most of them nobody imports, and each
wheel is built in an environment of its own."""

SECONDS = 600.0

NO_NETWORK = '''
    """Every Python of a stranger's machine: nothing but this machine can be reached."""
    import sys

    def _listen(event, arguments):
        if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in (None, "localhost", "127.0.0.1"):
            raise OSError(f"no network here: {arguments[0]}")
        if event == "socket.connect" and isinstance(arguments[1], tuple) and not str(arguments[1][0]).startswith("127."):
            raise OSError(f"no network here: {arguments[1]}")

    sys.addaudithook(_listen)
'''


class Machine:
    """One stranger's machine.

    Args:
        home: its folder; commands run there.
        wheels: where pip finds packages, and the only place.
    """

    def __init__(self, home: Path, wheels: Path) -> None:
        self.home = home
        guard = home / "no-network"
        guard.mkdir(parents=True, exist_ok=True)
        (guard / "sitecustomize.py").write_text(dedent(NO_NETWORK))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_SHELL)}
        self.environment = {
            **kept, "PYTHONPATH": str(guard), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "HOME": str(home), **LAZY, "MYPY_CACHE_DIR": str(home / ".mypy_cache"),
        }  # fmt: skip

    def sh(self, script: str) -> subprocess.CompletedProcess[str]:
        """Type some lines into a shell that stops at the first that fails."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=self.home, env=self.environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip

    def there(self, script: str) -> subprocess.CompletedProcess[str]:
        """The same, in the environment that lies in `.venv`."""
        return self.sh(f". .venv/bin/activate; {script}")


def wheelhouse(shared: Path) -> Path:
    """The folder of wheels, gathered by the first who asks."""
    return once(shared / "wheelhouse", _gather)


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """A folder that several processes need and one makes. It is made where it stays: environments cannot be moved."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder.with_suffix(".done")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def _gather(folder: Path) -> None:
    light = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    pins = folder / "pins"
    pins.write_text(
        "\n".join(re.findall(r"^[\w.-]+==[^ ;\\]+", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE))
    )
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "download", "--dest", str(folder), "--constraint", str(pins), *light, *TOOLS], check=True)
    _build(ROOT, folder, "hub", "pyproject.toml", "README.md", "LICENSE")


def _build(source: Path, wheels: Path, *parts: str) -> None:
    """A wheel of some parts of a folder, from a copy: a build writes beside what it builds."""
    copy = wheels / "source"
    for part in parts:
        if (source / part).is_dir():
            shutil.copytree(source / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(source / part, copy / part)
    words = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(wheels),
        str(copy),
    ]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    shutil.rmtree(copy)
