"""Which code this is: one number over every file of a plugin's package, the same in a working tree, a wheel and an installation.

A grade is a statement about code, so it is kept with this number and counts for nothing else.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = {".pyc", ".pyo", ".orig", ".swp"}


def of_module(module: str) -> str:
    """SHA-256 over the files of the package a module lies in; empty when there is none to be found."""
    top = module.partition(".")[0]
    try:
        spec = importlib.util.find_spec(top) if top else None
    except (ImportError, ValueError):
        return ""
    if spec is None:
        return ""
    roots = [Path(place) for place in spec.submodule_search_locations or ()] or [Path(spec.origin or "")]
    return of_files(file for root in roots for file in _files(root))


def of_files(files: Iterator[tuple[str, str]]) -> str:
    """SHA-256 over names and contents, in the order of the names."""
    found = hashlib.sha256()
    for name, file in sorted(files):
        with open(file, "rb", buffering=0) as opened:
            content = hashlib.sha256(opened.read()).hexdigest()
        found.update(f"{name}\0{content}\n".encode())
    return found.hexdigest()


def _files(root: Path) -> Iterator[tuple[str, str]]:
    if root.is_file():
        yield root.name, str(root)
        return
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        inside = folder[len(str(root)) + 1 :].replace(os.sep, "/")
        for name in names:
            if name.startswith(".") or os.path.splitext(name)[1] in LEFT_OUT:
                continue
            file = os.path.join(folder, name)
            if os.path.isfile(file):  # a link may lead nowhere
                yield f"{inside}/{name}" if inside else name, file
