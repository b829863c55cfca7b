"""The manifest in the wheel: an add-on frozen as data when its package is built, so that its forms can be drawn when its code is
broken or was never run here.

setuptools asks every installed package for further metadata files (its entry-point group ``egg_info.writers``). Ours answers with
``hub_manifest.json`` for a project that announces plugins, and with nothing for all others. An author has nothing to do but to
name ``integration-hub`` among what the build requires, as `hub new` does.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.core.manifest import Manifest, freeze
from hub.core.worktree import NoPlugin, entry_points, load

FILE = "hub_manifest.json"
"""Beside METADATA: entry-point name → manifest."""


def write(command: Any, _basename: str, filename: str) -> None:
    """Called by setuptools when it writes a project's metadata, in the project's folder.

    An add-on that cannot be loaded there (its own requirements are not at hand while it is built) is built all the same; the hub
    then freezes it when it first runs.
    """
    try:
        text = frozen(Path.cwd())
    except NoPlugin:
        return
    if text is None:
        command.announce("hub: the add-on could not be loaded, so its forms are not in this build; see: hub check .", 3)
        return
    command.write_file("the hub's manifest", filename, text)


def frozen(folder: Path) -> str | None:
    """The folder's plugins as the text of :data:`FILE`; None when one of them does not load.

    Raises:
        NoPlugin: the folder holds none.
    """
    entry_points(folder)
    registry = load(folder)
    if registry.troubles:
        return None
    manifests = {plugin.source.name: freeze(plugin).model_dump(mode="json") for plugin in registry.plugins.values()}
    return json.dumps(manifests, indent=1, sort_keys=True) + "\n"


def shipped(package: str, entry: str) -> Manifest | None:
    """What an installed package says of one of its plugins without running it; None when it says nothing readable.

    Args:
        package: the distribution's name.
        entry: the entry point's name, which must be the add-on's own: no package speaks for another's add-on.
    """
    try:
        found = distribution(package) if package else None
        data = json.loads((found and found.read_text(FILE)) or "{}")[entry]
        manifest = Manifest.model_validate({**data, "distribution": package, "version": found.version if found else ""})
    except (PackageNotFoundError, ValidationError, ValueError, KeyError, TypeError):
        return None
    return manifest if manifest.name == entry else None
