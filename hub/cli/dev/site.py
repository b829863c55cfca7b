"""Announcing a folder's plugin to the hub as an installed one would be: a folder on the path with its metadata and nothing else.

So the plugin is found, loaded and named in the same way as in production, and need not be installed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.cli import plugin_at
from hub.cli.trouble import Stop
from hub.core.registry import GROUP, Plugin, Source
from hub.core.worktree import entry_points, load


def announced(folder: Path, home: Path) -> Plugin:
    """Write the metadata and load the plugin.

    Raises:
        Stop: it does not load, or the folder holds several; with who acts.
    """
    found = entry_points(folder)
    _write(home / "site", found[0][0], {source.name: entry.value for source, entry in found})
    registry = load(folder, plugin_at.loading)
    if registry.troubles:
        raise Stop(f"{registry.troubles[0].sentence.rstrip('.')}. Mend it and save; the hub starts again by itself.")
    if len(registry.plugins) != 1:
        raise Stop(f"{folder} holds several add-ons: {', '.join(sorted(registry.plugins))}. hub dev takes one.")
    return next(iter(registry.plugins.values()))


def _write(site: Path, source: Source, entries: dict[str, str]) -> None:
    name, version = source.distribution or "hub-under-development", source.version or "0"
    shutil.rmtree(site, ignore_errors=True)
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [f"[{GROUP}]", *(f"{entry} = {target}" for entry, target in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
