"""The registry: which plugins there are, and who claims what.

What happens, in order: stevedore lists the entry points of the group ``hub.plugins``; names claimed by two packages are set
aside before anything is imported; each remaining one is loaded (:mod:`hub.core.plugin_loading`); the answers are checked against
each other; and what is left becomes a lookup table, *action type → owner*, that never changes while the process lives.

A plugin that fails anywhere on this way is a :class:`Trouble`: a line on a page, with its reason. Everything else runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import EntryPoint, distributions
from typing import Any

from hub.core import plugin_loading, streams
from hub.core.actions import Action
from hub.core.guard import LOAD_SECONDS
from hub.core.plugin_loading import Loader as Loader
from hub.core.plugins import NotLoaded as NotLoaded
from hub.core.plugins import Plugin as Plugin
from hub.core.plugins import Source as Source
from hub.core.plugins import Trouble as Trouble
from hub.core.tokens import TokenSet

GROUP = "hub.plugins"
"""The entry-point group a plugin's distribution names."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who carries out an action type."""

    plugin: Plugin
    action: Action


@dataclass(frozen=True)
class Registry:
    """What is loaded. Make one with :func:`discover` or, in tests, :func:`from_objects`."""

    plugins: Mapping[str, Plugin] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    claims: Mapping[str, Claim] = field(default_factory=dict)

    def claim(self, action_type: str) -> Claim | None:
        """The owner of an action type, or None when no loaded plugin claims it."""
        return self.claims.get(action_type)

    def token_sets(self, names: Collection[str]) -> tuple[TokenSet, ...]:
        """The plugins' token sets that supply any of these tokens; the others are not even asked."""
        wanted = set(names)
        return tuple(group for group in self.all_token_sets if any(token.name in wanted for token in group.tokens))

    @cached_property
    def all_token_sets(self) -> tuple[TokenSet, ...]:
        """Of all plugins."""
        return tuple(group for plugin in self.plugins.values() for group in plugin.tokens)

    def plugin(self, addon: str) -> Plugin | None:
        """The loaded plugin of an add-on's name."""
        return self.plugins.get(addon)


Beginning = Callable[[Source], AbstractContextManager[Any]]
"""Is entered before a plugin is loaded and left afterwards: for who wants to know which one it is."""


Loaders = Callable[[Sequence[tuple[Source, EntryPoint]]], Sequence[Loader]]
"""How each of the entry points is loaded: by importing it, unless somebody knows another way."""


def imported(found: Sequence[tuple[Source, EntryPoint]]) -> list[Loader]:
    """Each by its import, into this process."""
    return [entry.load for _source, entry in found]


def discover(
    group: str = GROUP, seconds: float = LOAD_SECONDS, begins: Beginning = nullcontext, loaders: Loaders = imported
) -> Registry:
    """Find and load every installed plugin. Never raises for a plugin's fault."""
    owners = _owners(group)
    twice = {name: _clash(name, sources) for name, sources in owners.items() if len(sources) > 1}
    entries = [entry for entry in _entry_points(group) if entry.name not in twice]
    found = [(owners.get(entry.name, [Source(entry.name)])[0], entry) for entry in entries]
    return from_entry_points(found, seconds, begins, loaders, twice.values())


def from_objects(objects: Mapping[str, Any] | Iterable[Any], seconds: float = LOAD_SECONDS) -> Registry:
    """A registry of given add-ons or modules, for tests and for ``hub dev``: nothing is looked up on disk."""
    named = objects if isinstance(objects, Mapping) else {_name_of(item): item for item in objects}
    return _build([(Source(name), _constant(item)) for name, item in named.items()], [], seconds)


def from_entry_points(
    found: Iterable[tuple[Source, EntryPoint]],
    seconds: float = LOAD_SECONDS,
    begins: Beginning = nullcontext,
    loaders: Loaders = imported,
    troubles: Iterable[Trouble] = (),
) -> Registry:
    """A registry of entry points that somebody else has found: those of a working tree (:mod:`hub.core.worktree`)."""
    listed = list(found)
    candidates = [(source, load) for (source, _), load in zip(listed, loaders(listed), strict=True)]
    return _build(candidates, list(troubles), seconds, begins)


def _entry_points(group: str) -> list[EntryPoint]:
    """stevedore's list, without its loading: its failure callback does not see ``sys.exit()``."""
    from stevedore.extension import ExtensionManager

    # It keeps its list by group alone, so a second look would see what the first one saw.
    ExtensionManager.ENTRY_POINT_CACHE.pop(group, None)
    lister: ExtensionManager[Any] = ExtensionManager.make_test_instance([], namespace=group)
    return list(lister.list_entry_points())


def _owners(group: str) -> dict[str, list[Source]]:
    """Which packages use which name. stevedore's cache forgets whose an entry point is, and drops one of two that are alike;
    a package that lies on the path twice (a checkout beside its installation) is one package all the same."""
    owners: dict[str, dict[str, Source]] = {}
    for package in distributions():
        for entry in package.entry_points.select(group=group):
            owners.setdefault(entry.name, {}).setdefault(
                package.name, Source(entry.name, package.name, package.version, entry.value.partition(":")[0])
            )
    return {name: list(sources.values()) for name, sources in owners.items()}


def _clash(name: str, sources: list[Source]) -> Trouble:
    """stevedore would let the last one win without a word."""
    packages = sorted(source.distribution for source in sources)
    return Trouble(Source(name, ", ".join(packages)), f"the name is used by {' and by '.join(packages)}; uninstall one")


def _constant(item: Any) -> Loader:
    return lambda: item


def _name_of(item: Any) -> str:
    return str(getattr(item, "name", None) or getattr(item, "__name__", type(item).__name__))


def _build(
    candidates: list[tuple[Source, Loader]], troubles: list[Trouble], seconds: float, begins: Beginning = nullcontext
) -> Registry:
    loaded: list[Plugin] = []
    for source, load in candidates:
        try:
            with begins(source), streams.kept() as watched:
                plugin = plugin_loading.load(source, load, seconds)
            if watched.closed:
                raise NotLoaded(watched.reason)
            loaded.append(plugin)
        except NotLoaded as refusal:
            troubles.append(Trouble(source, str(refusal)))
    kept, clashes = _settle_clashes(loaded)
    claims = {action.type: Claim(plugin, action) for plugin in kept for action in plugin.actions}
    return Registry({plugin.info.name: plugin for plugin in kept}, (*troubles, *clashes), claims)


def _settle_clashes(loaded: list[Plugin]) -> tuple[list[Plugin], list[Trouble]]:
    """Two plugins with one add-on name or one action type are both refused: load order must never decide."""
    owners: dict[str, list[Plugin]] = {}
    for plugin in loaded:
        for word in {f"the add-on name '{plugin.info.name}'", *(f"the action type '{a.type}'" for a in plugin.actions)}:
            owners.setdefault(word, []).append(plugin)
    contested = {word: plugins for word, plugins in owners.items() if len(plugins) > 1}
    losers = {id(plugin) for plugins in contested.values() for plugin in plugins}
    troubles = [
        Trouble(plugin.source, _contest(plugin, contested)) for plugin in loaded if id(plugin) in losers
    ]  # fmt: skip
    return [plugin for plugin in loaded if id(plugin) not in losers], troubles


def _contest(plugin: Plugin, contested: Mapping[str, list[Plugin]]) -> str:
    words = sorted(contested, key=lambda word: word.startswith("the add-on name"))  # an action type says more
    word, plugins = next((word, contested[word]) for word in words if any(plugin is rival for rival in contested[word]))
    packages = {p.source.distribution for p in plugins}
    if len(packages) == 1 and packages != {""}:  # two entry points of one package
        names = " and ".join(sorted(p.source.name for p in plugins))
        return f"{word} is claimed by {names}, which lie in one package; take one of them out"
    rivals = " and ".join(sorted(p.source.distribution or p.source.name for p in plugins))
    return f"{word} is claimed by {rivals}; uninstall one of them"
