"""A plugin in a folder that is being worked on: its ``pyproject.toml`` says what the metadata of an installed package would say.

Used by ``hub run .``, ``hub check .`` and ``hub dev``, and when a wheel is built. Nothing need be installed for it, and what is
in the folder wins over what is installed.
"""

from __future__ import annotations

import sys
import tomllib
from contextlib import nullcontext
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from hub.core.registry import GROUP, Beginning, Registry, Source, from_entry_points


class NoPlugin(ValueError):
    """The folder holds no plugin. The message says why, and what to do."""


def load(folder: Path, begins: Beginning = nullcontext, only: str = "") -> Registry:
    """Load the folder's plugins, under the guard of any others.

    Args:
        only: the one of this entry point; empty for all of them.

    Raises:
        NoPlugin: it holds none, or none of that name.
    """
    found = [(source, entry) for source, entry in entry_points(folder) if only in ("", source.name)]
    if not found:
        raise NoPlugin(f"{folder} announces no plugin {only}.")
    first = [str(place.resolve()) for place in (folder / "src", folder) if place.is_dir()]
    sys.path[:] = [*first, *(place for place in sys.path if place not in first)]
    return from_entry_points(found, begins=begins)


def entry_points(folder: Path) -> list[tuple[Source, EntryPoint]]:
    """What the folder's ``pyproject.toml`` announces in the group ``hub.plugins``.

    Raises:
        NoPlugin: nothing, or it cannot be read.
    """
    file = folder / "pyproject.toml"
    if not folder.is_dir():
        raise NoPlugin(
            f"{folder} is a file; name the folder it lies in." if folder.exists() else f"There is no folder {folder}."
        )
    if not file.is_file():
        raise NoPlugin(
            f"{folder} holds no pyproject.toml, so it is not an add-on's folder. Write one with: hub new NAME"
        )
    try:
        project = _table(tomllib.loads(file.read_text(encoding="utf-8")), "project")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as trouble:
        raise NoPlugin(f"{file} cannot be read: {trouble}.") from None
    announced = _table(_table(project, "entry-points"), GROUP)
    if not announced:
        raise NoPlugin(
            f'{file} announces no plugin. It needs a table [project.entry-points."{GROUP}"] with NAME = "package:addon".'
        )
    name, version = str(project.get("name", "")), str(project.get("version", ""))
    found = [EntryPoint(key, str(target), GROUP) for key, target in announced.items()]
    strange = next((entry for entry in found if not EntryPoint.pattern.match(entry.value)), None)
    if strange is not None:
        raise NoPlugin(
            f'{file}: {strange.name} = "{strange.value}" names no module. Write {strange.name} = "package:addon".'
        )
    return [(Source(entry.name, name, version, entry.value.partition(":")[0]), entry) for entry in found]


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A table of a table; empty when it is missing or something else."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}
