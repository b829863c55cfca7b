"""Which plugin a command is about: one that is installed, by its add-on's or its package's name, or one in a folder.

What looks like a folder (``.``, ``..``, anything with a slash) is one; a name is looked for among the installed.
"""

from __future__ import annotations

from pathlib import Path

from hub.cli.trouble import Stop
from hub.core.registry import Plugin, Registry, discover
from hub.core.worktree import NoPlugin, entry_points, load


def named(name: str) -> Plugin:
    """The plugin of a folder, an add-on or a distribution.

    Raises:
        Stop: there is none, it does not load, or there are several; the sentence says which.
    """
    return _only(_in(Path(name)) if is_folder(name) else _installed(name), name)


def for_addon(addon: str) -> Plugin:
    """The plugin of an add-on: the one in this folder if it is that, else the installed one."""
    here = Path(".")
    try:
        mine = any(source.name == addon for source, _ in entry_points(here))
    except NoPlugin:
        mine = False
    return named(str(here.resolve())) if mine else named(addon)


def is_folder(name: str) -> bool:
    """Whether a word names a folder rather than something installed."""
    return name.startswith(".") or "/" in name or "\\" in name


def _in(folder: Path) -> Registry:
    try:
        return load(folder)
    except NoPlugin as trouble:
        raise Stop(str(trouble)) from None


def _installed(name: str) -> Registry:
    """Of everything installed, what the name means."""
    registry, wanted = discover(), name.lower().replace("_", "-")
    plugins = {
        addon: plugin for addon, plugin in registry.plugins.items()
        if wanted in (addon.replace("_", "-"), plugin.source.distribution.lower().replace("_", "-"))
    }  # fmt: skip
    troubles = tuple(
        trouble for trouble in registry.troubles
        if wanted in (trouble.source.name.replace("_", "-"), trouble.source.distribution.lower().replace("_", "-"))
    )  # fmt: skip
    if not plugins and not troubles:
        known = ", ".join(sorted(registry.plugins))
        raise Stop(f"There is no add-on {name} installed. There are: {known}. For one in a folder, name the folder: .")
    return Registry(plugins, troubles)


def _only(registry: Registry, name: str) -> Plugin:
    if registry.troubles:
        raise Stop(f"{registry.troubles[0].sentence.rstrip('.')}. Its author acts.")
    if len(registry.plugins) > 1:
        raise Stop(f"{name} holds several add-ons: {', '.join(sorted(registry.plugins))}. Name one of them.")
    return next(iter(registry.plugins.values()))
