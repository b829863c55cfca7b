"""Planting bugs: a real plugin's source, one place of it replaced, loaded as a package of its own name.

Mutants are replacements in the text as it stands, so that they stay true: a place that is no longer there fails the test.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench, NotLoaded
from hub.testing.proofs.carry import findings
from hub.testing.proofs.case import Badge


@dataclass(frozen=True)
class Mutant:
    """One planted bug.

    Attributes:
        name: what is wrong with it.
        old, new: what is replaced, once, and by what.
        file: in which of the package's files.
        more: what is appended to the file.
        also: further places that are replaced.
        says: what the finding says of it: a bug that is caught for another reason is not understood.
    """

    name: str
    old: str = ""
    new: str = ""
    file: str = "__init__.py"
    more: str = ""
    says: str = ""
    also: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name

    def plant(self, package: Path) -> None:
        """Change the file."""
        path = package / self.file
        text = path.read_text(encoding="utf-8")
        for old, new in ((self.old, self.new), *self.also) if self.old else self.also:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {self.file}"
            text = text.replace(old, new)
        path.write_text(text + self.more, encoding="utf-8")


@contextmanager
def planted(package: Path, mutant: Mutant | None, folder: Path) -> Iterator[Any]:
    """The add-on of a copy of this package with the bug in it. Gives the error instead where the import itself fails."""
    copy = folder / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").touch()
    if mutant is not None:
        mutant.plant(copy)
    own = {name for name in sys.modules if name.partition(".")[0] == package.name}
    kept = {name: sys.modules.pop(name) for name in own}
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(package.name).addon
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
            del sys.modules[name]
        sys.modules.update(kept)


def caught(addon: Any) -> tuple[str, list[str]] | None:
    """The first case that finds something, and what; None when all is well. Missing papers are no bug."""
    try:
        with Bench(addon) as bench:
            for case in cases_of(bench):
                counts = not case.for_grade and case.badge is not Badge.PAPERS
                found = findings(case, bench) if counts else []
                if found:
                    return case.name, found
    except NotLoaded as trouble:
        return "the hub loads it", [str(trouble)]
    return None
