"""What lies beside an add-on's code: in which packages its author's ``simulation`` and its README are looked for.

A distribution may hold several add-ons, and so may one package of it. So it is looked from the package that declares the add-on
upwards, and a package whose front page is another add-on's is left out: what lies there is that one's.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from hub.core.addon import AddOn, AddOnInfo


def simulation_of(info: AddOnInfo, more: Iterable[str] = ()) -> Any:
    """The module ``simulation`` beside an add-on's code, or None.

    Args:
        more: as for :func:`modules`.
    """
    for package in packages(info, more):
        try:
            return importlib.import_module(f"{package}.simulation")
        except ModuleNotFoundError as trouble:
            if trouble.name not in (package, f"{package}.simulation"):
                raise
    return None


def packages(info: AddOnInfo, more: Iterable[str] = ()) -> list[str]:
    """The packages that hold an add-on's code, the nearest first.

    Args:
        more: as for :func:`modules`.
    """
    found = dict.fromkeys(package for module in modules(info, more) for package in _upwards(module))
    return [package for package in found if not _anothers(package, info)]


def modules(info: AddOnInfo, more: Iterable[str] = ()) -> list[str]:
    """The modules of an add-on's code: the one that declares it, then those of its functions, and at last that of its form.

    Args:
        more: further ones, which stand before that of the form. A form may be shared with other add-ons.
    """
    functions = [str(part.__module__) for part in (info.check, *info.options.values()) if part is not None]
    named = (info.module, *functions, *more, str(info.settings.__module__))
    return list(dict.fromkeys(name for name in named if name.partition(".")[0] not in ("", "hub", "__main__")))


def _upwards(module: str) -> Iterator[str]:
    """The package itself, or the one that the module lies in; then those around it."""
    name = module if hasattr(sys.modules.get(module), "__path__") else module.rpartition(".")[0]
    while name:
        yield name
        name = name.rpartition(".")[0]


def _anothers(package: str, info: AddOnInfo) -> bool:
    held = {thing.name for thing in list(vars(sys.modules.get(package, sys)).values()) if isinstance(thing, AddOn)}
    return bool(held) and info.name not in held
