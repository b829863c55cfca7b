"""The registry: which plugins there are, and who claims what.

What happens, in order: stevedore lists the entry points of the group ``hub.plugins``; names claimed by two packages are set
aside before anything is imported; each remaining one is imported under a guard; pluggy checks its hooks' names and
signatures; each hook is called alone, under the guard again; the answers are checked against each other; and what is left
becomes a lookup table, *action type → owner*, that never changes while the process lives.

A plugin that fails anywhere on this way is a :class:`Trouble`: a line on a page, with its reason. Everything else runs.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import EntryPoint, distributions
from typing import TYPE_CHECKING, Any

import pluggy

from hub.core import hookspecs, streams
from hub.core.actions import Action
from hub.core.addon import CONTRACT, NAME, AddOnInfo
from hub.core.auth import Auth
from hub.core.guard import LOAD_SECONDS, guarded
from hub.core.mail import Mailer
from hub.core.mail_action import action_of
from hub.core.records import Mapping as ChoiceMapping
from hub.core.records import Trigger, Webhook
from hub.core.settings import Settings
from hub.core.tokens import TokenSet

if TYPE_CHECKING:
    from hub.core.manifest import Manifest

GROUP = "hub.plugins"
"""The entry-point group a plugin's distribution names."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin comes from.

    Attributes:
        name: of its entry point.
        module: the one the entry point names.
    """

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""

    @property
    def called(self) -> str:
        """As people are told of it: *The plugin larkmail (hub-larkmail)*."""
        return f"The plugin {self.name} ({self.distribution or self.name})"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A plugin that is listed and not loaded.

    Attributes:
        reason: what went wrong, in a sentence the plugin's author can act on.
    """

    source: Source
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.source.called} is not loaded: {self.reason}"


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin with everything it contributes.

    Attributes:
        subject: what the entry point names, for the author's kit.
    """

    source: Source
    info: AddOnInfo
    actions: tuple[Action, ...] = ()
    ways_in: tuple[Trigger | Webhook, ...] = ()
    mappings: tuple[ChoiceMapping, ...] = ()
    auths: tuple[Auth, ...] = ()
    mailers: tuple[Mailer, ...] = ()
    tokens: tuple[TokenSet, ...] = ()
    subject: Any = field(default=None, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """It, written down; once, for all its files are read for that."""
        from hub.core.manifest import freeze  # the manifest is made of what is loaded here

        return freeze(self)


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


Loader = Callable[[], Any]


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


# --- loading -----------------------------------------------------------------------------------------------------


def _build(
    candidates: list[tuple[Source, Loader]], troubles: list[Trouble], seconds: float, begins: Beginning = nullcontext
) -> Registry:
    loaded: list[Plugin] = []
    for source, load in candidates:
        try:
            with begins(source), streams.kept() as watched:
                plugin = _load(source, load, seconds)
            if watched.closed:
                raise NotLoaded(watched.reason)
            loaded.append(plugin)
        except NotLoaded as refusal:
            troubles.append(Trouble(source, str(refusal)))
    kept, clashes = _settle_clashes(loaded)
    claims = {action.type: Claim(plugin, action) for plugin in kept for action in plugin.actions}
    return Registry({plugin.info.name: plugin for plugin in kept}, (*troubles, *clashes), claims)


class NotLoaded(Exception):
    """Why a plugin is set aside. A loader that knows the reason itself returns one."""


def _load(source: Source, load: Loader, seconds: float) -> Plugin:
    imported = guarded(load, seconds)
    if not imported.ok:
        raise NotLoaded(f"its import failed: {imported.reason}")
    if isinstance(imported.value, NotLoaded):
        raise imported.value
    manager = _looked_at(source.name, imported.value, seconds)
    mailers = _ask(manager, "hub_mailers", (Mailer,), seconds)
    info = replace(_ask_info(manager, seconds), mailers=mailers)
    plugin = Plugin(
        source,
        info,
        actions=(*_ask(manager, "hub_actions", (Action,), seconds), *map(action_of, mailers)),
        ways_in=_ask(manager, "hub_triggers", (Trigger, Webhook), seconds),
        mappings=_ask(manager, "hub_mappings", (ChoiceMapping,), seconds),
        auths=_ask(manager, "hub_auth", (Auth,), seconds),
        mailers=mailers,
        tokens=_ask(manager, "hub_tokens", (TokenSet,), seconds),
        subject=imported.value,
    )
    _check_own_words(plugin)
    _check_it_freezes(plugin, seconds)
    return plugin


def _looked_at(name: str, item: Any, seconds: float) -> pluggy.PluginManager:
    """pluggy looks at every attribute, and a stranger's attribute may do anything at all when it is looked at."""

    def look() -> pluggy.PluginManager | NotLoaded:
        try:
            return _checked(name, item)
        except NotLoaded as refusal:
            return refusal

    found = guarded(look, seconds)
    if isinstance(found.value, pluggy.PluginManager):
        return found.value
    raise found.value or NotLoaded(f"its hooks cannot be looked at: {found.reason}")


def _checked(name: str, item: Any) -> pluggy.PluginManager:
    """pluggy's checks, in a manager of the plugin's own so that one cannot spoil another's."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(item, name)
        manager.check_pending()
    except Exception as trouble:  # pluggy's own errors, and whatever a module's attributes raise when looked at
        raise NotLoaded(f"its hooks do not fit: {_first_line(trouble)}") from trouble
    unmarked = _unmarked_hooks(item)
    if unmarked:
        raise NotLoaded(f"{', '.join(unmarked)} is not marked with @hookimpl, or its name is misspelt")
    return manager


def _unmarked_hooks(item: Any) -> list[str]:
    """Functions that look like hooks and would never be called: the slip pluggy cannot see."""
    marked = f"{hookspecs.PROJECT}_impl"
    named = [name for name in dir(item) if name.startswith("hub_")]
    found = [(name, getattr(item, name, None)) for name in named]
    return [name for name, value in found if inspect.isroutine(value) and not hasattr(value, marked)]


def _ask_info(manager: pluggy.PluginManager, seconds: float) -> AddOnInfo:
    answers = _call(manager, "hub_addon", seconds)
    if not answers:
        raise NotLoaded(
            'its entry point names no add-on; it must name an AddOn, such as "package:addon", or a module with a hub_addon() hook'
        )
    if len(answers) != 1 or not isinstance(answers[0], AddOnInfo):
        raise NotLoaded("hub_addon() must return one AddOnInfo")
    info: AddOnInfo = answers[0]
    if not isinstance(info.contract, int) or info.contract > CONTRACT:
        raise NotLoaded(
            f"it was written for contract {info.contract}, and the newest this hub knows is contract {CONTRACT}; update the hub, "
            f"or say contract={CONTRACT} in the add-on if it needs nothing newer"
        )
    if not (isinstance(info.name, str) and NAME.match(info.name)):
        raise NotLoaded(f"{info.name!r} is not an add-on's name; use small letters, digits and underscores")
    if not (isinstance(info.settings, type) and issubclass(info.settings, Settings)):
        raise NotLoaded("its settings form must be a class made from Settings")
    return info


def _ask(manager: pluggy.PluginManager, hook: str, types: tuple[type, ...], seconds: float) -> tuple[Any, ...]:
    answers = [item for answer in _call(manager, hook, seconds) for item in _listed(hook, answer, seconds)]
    strange = next((item for item in answers if not isinstance(item, types)), None)
    if strange is not None:
        wanted = " or ".join(type_.__name__ for type_ in types)
        raise NotLoaded(f"{hook}() returned a {type(strange).__name__} where {wanted} was expected")
    return tuple(answers)


def _listed(hook: str, answer: Any, seconds: float) -> list[Any]:
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise NotLoaded(f"{hook}() must return a list, not a {type(answer).__name__}")
    listed = guarded(lambda: list(answer), seconds)
    if not listed.ok:
        raise NotLoaded(f"{hook}() failed: {listed.reason}")
    return listed.value or []


def _call(manager: pluggy.PluginManager, hook: str, seconds: float) -> list[Any]:
    """Call each implementation alone: pluggy's fan-out ends at the first that raises and loses the others."""
    answers = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        result = guarded(implementation.function, seconds)
        if not result.ok:
            raise NotLoaded(f"{hook}() failed: {result.reason}")
        answers.append(result.value)
    return answers


def _first_line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())[:300]


# --- checks across what was loaded -------------------------------------------------------------------------------


def _check_own_words(plugin: Plugin) -> None:
    """A plugin may claim action types of its own name only, each once."""
    foreign = [action.type for action in plugin.actions if action.addon != plugin.info.name]
    if foreign:
        raise NotLoaded(f"it claims {', '.join(foreign)}, which must begin with its own name '{plugin.info.name}.'")
    twice = [type_ for type_, count in Counter(a.type for a in plugin.actions).items() if count > 1]
    if twice:
        raise NotLoaded(f"it claims {', '.join(twice)} twice")
    tokens = [token.name for group in plugin.tokens for token in group.tokens]
    strange = [name for name in tokens if not name.startswith(f"{plugin.info.name}.")]
    if strange:
        raise NotLoaded(f"its tokens {', '.join(strange)} must begin with its own name '{plugin.info.name}.'")


def _check_it_freezes(plugin: Plugin, seconds: float) -> None:
    """Every page is drawn from the manifest, so a plugin that cannot be written down cannot be shown or switched on."""
    frozen = guarded(lambda: type(plugin.manifest).model_validate_json(plugin.manifest.model_dump_json()), seconds)
    if not frozen.ok:
        raise NotLoaded(f"it cannot be written down: {' '.join(frozen.reason.split())[:300]}")


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
