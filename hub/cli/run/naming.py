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
from hub.core.records import Webhook
from hub.core.registry import Plugin


def chosen(word: str) -> tuple[Plugin, Action]:
    """The plugin and its action.

    Raises:
        Stop: there is no such folder, add-on or action; the sentence says which, and lists the actions there are.
    """
    where, name = parted(word)
    plugin = plugin_at.named(where)
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
    if "/" not in word and "\\" not in word and not word.startswith(".."):
        return ".", word[1:]  # dots and all: an event's name has some
    folder, dot, name = word.rpartition(".")
    if not dot or "/" in name or "\\" in name:
        return word, ""
    return folder or ".", name


def _no_way_in(plugin: Plugin, name: str) -> None:
    """A trigger and a webhook are not carried out, they bring something in."""
    for way in plugin.ways_in if name else ():
        if name not in (way.name, way.name.removeprefix(f"{plugin.info.name}.")):
            continue
        kind, button = ("webhook", "Deliver a webhook") if isinstance(way, Webhook) else ("trigger", "Bring records in")
        raise Stop(
            f"{name} is a {kind} of {plugin.info.title}, a way in, and hub run carries out actions. Try it in hub dev, under "
            f"{button} on the page /dev; hub check proves it.",
            2,
        )


def _action(plugin: Plugin, name: str) -> Action:
    actions = {action.type.partition(".")[2]: action for action in plugin.actions}
    there = ", ".join(sorted(action.type for action in plugin.actions))
    _no_way_in(plugin, name)
    if not actions:
        raise Stop(f"{plugin.info.title} has no action that could be run.", 2)
    if name in actions:
        return actions[name]
    if name:
        raise Stop(f"{plugin.info.title} has no action {name}.{nearest(name, actions)} There are: {there}.", 2)
    if len(actions) > 1:
        raise Stop(f"{plugin.info.title} has several actions. Name one of them: {there}.", 2)
    return next(iter(actions.values()))
