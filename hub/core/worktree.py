"""A plugin in a folder that is being worked on: its ``pyproject.toml`` says what the metadata of an installed package would say.

Used by ``hub run .``, ``hub check .`` and ``hub dev``, and when a wheel is built. Nothing need be installed for it, and what is
in the folder wins over what is installed.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

from hub.core.registry import GROUP, Registry, Source, from_entry_points


class NoPlugin(ValueError):
    """The folder holds no plugin. The message says why, and what to do."""


def load(folder: Path) -> Registry:
    """Load the folder's plugins, under the guard of any others.

    Raises:
        NoPlugin: it holds none.
    """
    found = entry_points(folder)
    for place in (folder / "src", folder):
        if place.is_dir() and str(place.resolve()) not in sys.path:
            sys.path.insert(0, str(place.resolve()))
    return from_entry_points(found)


def entry_points(folder: Path) -> list[tuple[Source, EntryPoint]]:
    """What the folder's ``pyproject.toml`` announces in the group ``hub.plugins``.

    Raises:
        NoPlugin: nothing, or it cannot be read.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        raise NoPlugin(
            f"{folder} holds no pyproject.toml, so it is not an add-on's folder. Write one with: hub new NAME"
        )
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise NoPlugin(f"{file} cannot be read: {trouble}.") from None
    announced = project.get("entry-points", {}).get(GROUP, {})
    if not announced:
        raise NoPlugin(
            f'{file} announces no plugin. It needs a table [project.entry-points."{GROUP}"] with NAME = "package:addon".'
        )
    name, version = str(project.get("name", "")), str(project.get("version", ""))
    found = [EntryPoint(key, str(target), GROUP) for key, target in announced.items()]
    return [(Source(entry.name, name, version, entry.value.partition(":")[0]), entry) for entry in found]
