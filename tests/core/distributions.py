"""Distributions made on the fly: a folder with a module and a dist-info is all that an installed package is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

GOOD = """
    from hub.core import AddOn
    addon = AddOn({name!r}, title={name!r})
"""


class Shelf:
    """A folder on ``sys.path`` into which packages are put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def put(self, name: str, code: str = GOOD, *, entry: str = "", target: str = "addon", dist: str = "") -> None:
        """Install module ``name`` with one entry point; ``dist`` lets another distribution use the same entry name."""
        entry, dist = entry or name, dist or f"hub-{name}"
        module = f"shelf_{dist.replace('-', '_')}"
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(dedent(code).replace("{name!r}", repr(name)))
        info = self.folder / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hub.plugins]\n{entry} = {module}{':' + target if target else ''}\n")
        importlib.invalidate_caches()


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """Put the folder on the path for a while; what was imported from it is forgotten afterwards."""
    made = Shelf(folder)
    sys.path.insert(0, str(folder))
    try:
        yield made
    finally:
        sys.path.remove(str(folder))
        for name in made.modules:
            sys.modules.pop(name, None)
