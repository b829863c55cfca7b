"""Announcing a folder's plugin to the hub as an installed one would be: a folder on the path with its metadata and nothing else.

So the plugin is found, loaded and named in the same way as in production, and need not be installed.
"""

from __future__ import annotations

import shutil
from importlib.metadata import EntryPoint
from pathlib import Path

from hub.cli import plugin_at
from hub.cli.trouble import Stop
from hub.core.registry import GROUP, Plugin, Source
from hub.core.worktree import entry_points, load


def announced(folder: Path, home: Path, addon: str) -> Plugin:
    """Write the metadata and load the plugin. The folder's other add-ons are not announced.

    Raises:
        Stop: it does not load; with who acts.
    """
    found = next((found for found in entry_points(folder) if found[0].name == addon), None)
    if found is None:
        raise Stop(f"{folder} announces no add-on {addon} any more. Start hub dev again.")
    _write(home / "site", *found)
    registry = load(folder, plugin_at.loading, addon)
    if registry.troubles:
        raise Stop(f"{registry.troubles[0].sentence.rstrip('.')}. Mend it and save; the hub starts again by itself.")
    return next(iter(registry.plugins.values()))


def _write(site: Path, source: Source, entry: EntryPoint) -> None:
    name, version = source.distribution or "hub-under-development", source.version or "0"
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry.name} = {entry.value}\n", encoding="utf-8")
