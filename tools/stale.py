"""Names what is installed from a folder of this house that holds no such distribution any more, a name a line.

A plugin that was renamed, removed or given to another distribution stays in an environment that exists, for pip knows nothing of
its folder's end. Its entry point would then stand beside its successor's, and the hub loads neither of two that have one name.
Needs nothing but Python.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from urllib.parse import unquote, urlsplit


def stale(house: Path) -> Iterator[str]:
    """Their names."""
    for found in distributions():
        folder = installed_from(found)
        if folder is not None and folder.is_relative_to(house) and _plain(found.name) not in names_in(folder):
            yield found.name


def installed_from(found: Distribution) -> Path | None:
    """The folder that pip was given; None for what came as a file or from elsewhere."""
    told = json.loads(found.read_text("direct_url.json") or "{}")
    return Path(unquote(urlsplit(told["url"]).path)).resolve() if "dir_info" in told else None


def names_in(folder: Path) -> set[str]:
    """What a folder's project is called; nothing where there is none."""
    file = folder / "pyproject.toml"
    return {_plain(tomllib.loads(file.read_text(encoding="utf-8"))["project"]["name"])} if file.is_file() else set()


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    print("\n".join(stale(Path(sys.argv[1]).resolve())))
