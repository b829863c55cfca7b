"""Where in its author's own code an exception came from: file and line, and never a value.

A traceback runs through the host, pydantic, asyncio and the plugin. The author wants one place of all these: the deepest in the
plugin itself. The plugin is the first package on the way that is neither the host, nor Python's own, nor a library by which the
host calls a plugin; the words of the exception may hold secrets, its place cannot.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import FrameType, TracebackType

NOT_THEIRS = frozenset(
    {"hub", "pluggy", "stevedore", "pydantic", "pydantic_core", "httpx", "aiohttp", "anyio", "_pytest", "pytest"}
)
"""Packages through which the host comes to a plugin."""

MOST = 200
"""Characters of a place: a file's name is a stranger's choice, too."""


def place(trouble: BaseException) -> str:
    """``hub_larkmail/__init__.py, line 12``: the deepest line of the plugin on the way of this exception; empty when none is.

    What does not compile has no frame of its own and names its file itself.
    """
    if isinstance(trouble, SyntaxError) and trouble.filename and trouble.lineno:
        return _worded(trouble.filename, trouble.lineno, "")
    return _deepest(list(_steps(trouble.__traceback__)))


def told(trouble: BaseException) -> str:
    """``KeyError: 'name' (hub_larkmail/__init__.py, line 12)``: kind, words and place, for whoever wrote it.

    The words are as they were raised, secrets and all: whoever prints them cleans them.
    """
    where = place(trouble)
    try:
        words = str(trouble)
    except Exception:  # __str__ is a stranger's too
        words = ""
    return f"{type(trouble).__name__}: {words}{f' ({where})' if where else ''}"


def caller(frame: FrameType | None) -> str:
    """The same for code that is running: the plugin's line that led to this frame."""
    steps = [(each, line) for each, line in traceback.walk_stack(frame)]
    return _deepest(steps[::-1])


def shortened(filename: str, package: str) -> str:
    """A file as its author names it: from the package on."""
    parts = PurePath(filename).parts
    if package in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index(package) :])
    return "/".join(parts[-2:]) if parts and parts[-1] == "__init__.py" else PurePath(filename).name


def package_of(frame: FrameType) -> str:
    """The top package of the module a frame runs in; empty when it names none."""
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""


def _steps(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    yield from traceback.walk_tb(trace)


def _deepest(steps: list[tuple[FrameType, int]]) -> str:
    """Of the steps from the outermost to the innermost."""
    packages = [package_of(frame) for frame, _ in steps]
    theirs = next((name for name in packages if _theirs(name)), "")
    found = [step for step, name in zip(steps, packages, strict=True) if theirs and name == theirs]
    if not found:
        return ""
    frame, line = found[-1]
    name = frame.f_code.co_name
    return _worded(frame.f_code.co_filename, line, "" if name.startswith("<") else name, theirs)


def _theirs(package: str) -> bool:
    return (
        bool(package) and package != "__main__" and package not in NOT_THEIRS and package not in sys.stdlib_module_names
    )


def _worded(filename: str, line: int, function: str, package: str = "") -> str:
    where = f"{shortened(filename, package)}, line {line}"
    return f"{where}, in {function}"[:MOST] if function else where[:MOST]
