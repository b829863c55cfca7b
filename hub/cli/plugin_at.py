"""Which plugin a command is about: one that is installed, by its add-on's or its package's name, or one in a folder.

What looks like a folder (``.``, ``..``, anything with a slash) is one. A name is an add-on of this folder, if it announces that;
else it is looked for among the installed, and then among the folders that lie here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from hub.cli import witness
from hub.cli.trouble import Stop
from hub.core import streams, whereabouts
from hub.core.registry import Plugin, Registry, Source, discover
from hub.core.worktree import NoPlugin, entry_points, load


def named(name: str) -> Plugin:
    """The plugin of a folder, an add-on or a distribution.

    Raises:
        Stop: there is none, it does not load, or there are several; the sentence says which.
    """
    found = every(name)
    if len(found) > 1:
        raise Stop(f"{name} holds several add-ons: {', '.join(one.info.name for one in found)}. Name one of them.", 2)
    return found[0]


def every(name: str) -> list[Plugin]:
    """The plugin of an add-on, or all of a folder or a distribution, in the order of their names.

    Raises:
        Stop: there is none, or one does not load; the sentence says which.
    """
    if not name.strip():
        raise Stop("Name an add-on, or a folder with one: .", 2)
    if is_folder(name):
        return _sound(_in(Path(name)))
    return _sound(_in(Path.cwd(), only=name) if _is_here(name) else _installed(name))


def _is_here(addon: str) -> bool:
    try:
        return any(source.name == addon for source, _ in entry_points(Path.cwd()))
    except NoPlugin:
        return False


def is_folder(name: str) -> bool:
    """Whether a word names a folder rather than something installed."""
    return name.startswith(".") or "/" in name or "\\" in name


def loading(source: Source) -> AbstractContextManager[None]:
    """Tells the witness who is being loaded."""
    return witness.in_hand(source.called, source.module.partition(".")[0], "was loaded")


@contextmanager
def in_use(plugin: Plugin, doing: str) -> Iterator[None]:
    """Tells the witness who runs, and at what: ``carried out a step``.

    Raises:
        Stop: code of the plugin's own that nothing else guards failed (its simulation, say); with its line. Or it closed what
            we speak through.
    """
    package = plugin.source.module.partition(".")[0]
    with witness.in_hand(plugin.source.called, package, doing), _speaking(plugin, doing):
        try:
            yield
        except Stop:
            raise
        except Exception as trouble:
            if not package or not whereabouts.place(trouble).startswith(package):
                raise
            raise Stop(f"{plugin.source.called} failed with {whereabouts.told(trouble)}. Its author acts.") from None


@contextmanager
def _speaking(plugin: Plugin, doing: str) -> Iterator[None]:
    """What is closed is put back, and said instead of whatever followed from it."""
    try:
        with streams.kept() as watched:
            yield
    except Exception:
        if not watched.closed:
            raise
    if watched.closed:
        raise Stop(f"{plugin.source.called} took our words away while it {doing}: {watched.reason}. Its author acts.")


def _in(folder: Path, only: str = "") -> Registry:
    try:
        return load(folder, loading, only)
    except NoPlugin as trouble:
        raise Stop(str(trouble), 2) from None


def _installed(name: str) -> Registry:
    """Of everything installed, what the name means; else the folder of that name."""
    registry, wanted = discover(begins=loading), name.lower().replace("_", "-")
    plugins = {
        addon: plugin for addon, plugin in registry.plugins.items()
        if wanted in (addon.replace("_", "-"), plugin.source.distribution.lower().replace("_", "-"))
    }  # fmt: skip
    troubles = tuple(
        trouble for trouble in registry.troubles
        if wanted in (trouble.source.name.replace("_", "-"), trouble.source.distribution.lower().replace("_", "-"))
    )  # fmt: skip
    if plugins or troubles:
        return Registry(plugins, troubles)
    if Path(name).is_dir():
        return _in(Path(name))
    known = ", ".join(sorted(registry.plugins))
    raise Stop(f"There is no add-on {name} installed. There are: {known}. For one in a folder, name the folder: .", 2)


def _sound(registry: Registry) -> list[Plugin]:
    if registry.troubles:
        raise Stop(f"{registry.troubles[0].sentence.rstrip('.')}. Its author acts.")
    return [plugin for _, plugin in sorted(registry.plugins.items())]
