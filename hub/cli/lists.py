"""The live lists that a form's fields are chosen from: which there are not, and what one holds in the simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.core.registry import Plugin
from hub.core.settings import Settings, fields_of
from hub.testing.kit import Kit

MOST_SHOWN = 8


def undeclared(plugin: Plugin) -> list[str]:
    """A sentence for each list that a form names and the add-on does not have."""
    known = ", ".join(plugin.info.options) or "none"
    return [
        f"{where}: {field} is chosen from the list {name}, and there is no @addon.options({name!r}). There are: {known}."
        for where, field, name in _named(plugin)
        if name not in plugin.info.options
    ]


def told(plugin: Plugin, name: str) -> str:
    """What the list holds in the simulator, as a sentence for who must choose from it."""
    if name not in plugin.info.options:
        return f"It is chosen from the list {name}, and there is no @addon.options({name!r}). Its author acts."
    with Kit(plugin.subject) as kit:
        answered = kit.options(name)
    if not isinstance(answered, Mapping) or not answered:
        return f"It is chosen from the list {name}, which is empty in the simulator."
    shown = [f"{value} ({label})" for value, label in answered.items()]
    more = ", …" if len(shown) > MOST_SHOWN else ""
    return f"It is chosen from the list {name}; in the simulator: {', '.join(shown[:MOST_SHOWN])}{more}."


def _named(plugin: Plugin) -> Iterator[tuple[str, str, str]]:
    """Where a list is named, the field, and the list."""
    forms: list[tuple[str, type[Settings]]] = [(plugin.info.title, plugin.info.settings)]
    forms += [(action.type, action.settings) for action in plugin.actions]
    for number, (where, form) in enumerate(forms):
        yield from (
            (where, spec.name, spec.source) for spec in fields_of(form, step=number > 0) if spec.kind == "options"
        )
