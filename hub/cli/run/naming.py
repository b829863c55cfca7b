"""Which action is meant.

``larkmail.send_message`` is one of an installed add-on, ``.`` or ``.send_message`` one of the plugin in this folder, and
``./FOLDER`` or ``./FOLDER.send_message`` one of that in another.
"""

from __future__ import annotations

from pathlib import Path

from hub.cli import plugin_at
from hub.cli.run.given_facts import nearest
from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.registry import Plugin


def chosen(word: str) -> tuple[Plugin, Action]:
    """The plugin and its action.

    Raises:
        Stop: there is no such folder, add-on or action; the sentence says which, and lists the actions there are.
    """
    where, name = parted(word)
    plugin = plugin_at.named(where) if plugin_at.is_folder(where) else plugin_at.for_addon(where)
    return plugin, _action(plugin, name)


def parted(word: str) -> tuple[str, str]:
    """A folder or an add-on's name, and an action's name, empty where none is said.

    >>> parted("larkmail.send_message"), parted(".send_message"), parted("."), parted("./hub-larkmail.send_message")
    (('larkmail', 'send_message'), ('.', 'send_message'), ('.', ''), ('./hub-larkmail', 'send_message'))
    """
    if not plugin_at.is_folder(word):
        addon, _, name = word.partition(".")
        return addon, name
    if Path(word).exists():
        return word, ""
    folder, dot, name = word.rpartition(".")
    if not dot or "/" in name or "\\" in name:
        return word, ""
    return folder or ".", name


def _action(plugin: Plugin, name: str) -> Action:
    actions = {action.type.partition(".")[2]: action for action in plugin.actions}
    there = ", ".join(sorted(action.type for action in plugin.actions))
    if not actions:
        raise Stop(f"{plugin.info.title} has no action that could be run.", 2)
    if name in actions:
        return actions[name]
    if name:
        raise Stop(f"{plugin.info.title} has no action {name}.{nearest(name, actions)} There are: {there}.", 2)
    if len(actions) > 1:
        raise Stop(f"{plugin.info.title} has several actions. Name one of them: {there}.", 2)
    return next(iter(actions.values()))
