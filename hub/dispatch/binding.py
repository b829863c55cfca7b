"""From stored JSON to what a plugin's function receives: settings validated, tokens filled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hub.core import redact
from hub.core.facts import Account, Contact
from hub.core.settings import FieldSpec, Settings, fields_of, secret_names
from hub.core.tokens import Template, TokenSet, house_values, names, render
from hub.dispatch.apart.forms import AwaySettings
from hub.dispatch.apart.functions import AwayValues

SettingsT = TypeVar("SettingsT", bound=Settings)


LONGEST = 500
"""Characters of a sentence about settings: a validator is a stranger's, and may tell the value it refuses."""


class BadSettings(Exception):
    """Stored settings do not fit the plugin's form (any more). The message names the first field at fault."""


def settings(model: type[SettingsT], data: Mapping[str, Any]) -> SettingsT:
    """A connection's settings as the plugin's model, every secret registered for redaction.

    Raises:
        BadSettings: a field is missing or wrong.
    """
    redact.register(*(str(data[name]) for name in secret_names(model) if data.get(name)))
    return _validated(model, data)


Supply = Callable[[Collection[str]], Mapping[str, str]]
"""Gives the values of the tokens it is asked for; it may give more."""


def step(model: type[SettingsT], options: Mapping[str, Any], supply: Supply) -> tuple[SettingsT, tuple[str, ...]]:
    """A step's settings with its tokens filled, the known tokens that were empty, and every secret registered for redaction.

    Raises:
        BadSettings: a field is missing or wrong.
    """
    for name in _secrets(model):  # before they are judged, for a sentence about them may be written down
        redact.register(str(options.get(name) or ""))
    raw = _validated(model, options)
    texts = {spec.name: getattr(raw, spec.name) for spec in _with_tokens(model)}
    wanted = token_names(texts)
    if not wanted:
        return raw, ()
    table, empty = supply(wanted), list[str]()
    filled = {name: _fill(text, table, empty) for name, text in texts.items()}
    return raw.model_copy(update=filled), tuple(dict.fromkeys(empty))


def token_names(options: Any) -> set[str]:
    """The tokens that a step's settings mention, wherever they stand."""
    if isinstance(options, str):
        return set(names(options))
    if isinstance(options, Template):
        return set(names(options.text))
    if isinstance(options, Mapping):
        return {name for item in options.values() for name in token_names(item)}
    return {name for item in options for name in token_names(item)} if isinstance(options, list | tuple) else set()


def supply_of(contact: Contact, account: Account, sets: Callable[[Collection[str]], Iterable[TokenSet]]) -> Supply:
    """Where a step's tokens come from: the house's own, and of the plugins' those that are wanted.

    Args:
        sets: the token sets that supply some of these names; :meth:`hub.core.registry.Registry.token_sets`.
    """
    return lambda wanted: values(contact, account, sets(wanted))


def values(contact: Contact, account: Account, sets: Iterable[TokenSet] = ()) -> dict[str, str]:
    """Token name → value: the house's, and the plugins' under their own names."""
    table = house_values(contact, account)
    for group in sets:
        own = {token.name for token in group.tokens}
        table |= {name: str(value) for name, value in group.values(contact, account).items() if name in own}
    return table


def threads_of(model: type[Settings], sets: Iterable[TokenSet]) -> Executor | None:
    """Where an event loop must have this done, because somebody in another process is asked; None when it can be done at once."""
    away = [group.values.passage for group in sets if isinstance(group.values, AwayValues)]
    passages = [model.passage, *away] if issubclass(model, AwaySettings) else away
    return passages[0].threads if passages else None


def _validated(model: type[SettingsT], data: Mapping[str, Any]) -> SettingsT:
    try:
        return model.model_validate(dict(data))
    except ValidationError as trouble:
        error = trouble.errors(include_input=False, include_url=False)[0]
        raise BadSettings(redact.cut(f"{_where(model, error['loc'])}: {_what(error['msg'])}", LONGEST)) from None


def _where(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """The field as its form calls it, and what is inside it by its key."""
    head, *rest = (str(part) for part in loc or ("settings",))
    titles = {spec.name: spec.label for spec in fields_of(model)} if issubclass(model, Settings) else {}
    return ".".join((titles.get(head, head.replace("_", " ")), *rest))


def _what(sentence: str) -> str:
    """Pydantic's sentence without its own opening words, and without a full stop: others put it into theirs."""
    return sentence.removeprefix("Value error, ").rstrip(".")


_forms: dict[type[BaseModel], tuple[FieldSpec, ...]] = {}


_secret_fields: dict[type[BaseModel], frozenset[str]] = {}


def _secrets(model: type[Settings]) -> frozenset[str]:
    """The same holds for which of its fields are secrets; few have any."""
    if model not in _secret_fields:
        _secret_fields[model] = frozenset(secret_names(model))
    return _secret_fields[model]


def _with_tokens(model: type[Settings]) -> tuple[FieldSpec, ...]:
    """Reading a form off its model costs more than filling it, so it is read once."""
    if model not in _forms:
        _forms[model] = tuple(spec for spec in fields_of(model, step=True) if spec.tokens)
    return _forms[model]


def _fill(value: Any, table: Mapping[str, str], empty: list[str]) -> Any:
    if isinstance(value, str):
        filled = render(value, table)
        empty.extend(filled.empty)
        return filled.text
    if isinstance(value, Template):
        empty.extend(render(value.text, table).empty)
        return value.bind(table)
    if isinstance(value, dict):
        return {name: _fill(item, table, empty) for name, item in value.items()}
    return value
