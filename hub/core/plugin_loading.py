"""One plugin: imported under a guard, its hooks looked at by pluggy, each called alone, and what it says looked at in turn.

Whatever a stranger's code does on this way, it ends with a plugin that is whole or with the reason why it is not loaded.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pluggy

from hub.core import hookspecs
from hub.core.actions import Action
from hub.core.addon import CONTRACT, NAME, AddOnInfo
from hub.core.auth import Auth
from hub.core.guard import guarded
from hub.core.mail import Mailer
from hub.core.mail_action import action_of
from hub.core.plugins import NotLoaded, Plugin, Source
from hub.core.records import Mapping as ChoiceMapping
from hub.core.records import Trigger, Webhook
from hub.core.settings import Settings
from hub.core.tokens import TokenSet

Loader = Callable[[], Any]


def load(source: Source, loader: Loader, seconds: float) -> Plugin:
    """A plugin with everything it contributes. Raises :class:`NotLoaded` for whatever is wrong with it.

    Args:
        seconds: which each look at the stranger's code may take.
    """
    imported = guarded(loader, seconds)
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
