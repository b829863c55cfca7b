"""How a live answer differs from what its endpoint declares: shapes only, never values. Pure.

Vendors change their API without a word. A new field is harmless, a field that no longer comes is not, and a new value in a closed
list makes an answer unreadable, which makes a step unclear. Whoever declared the answer should hear of each before a step does.

What the declaration leaves to code of the plugin's own (a validator that reads the value before the type does) is not looked at.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    PlainValidator,
    RootModel,
    SecretStr,
    WrapValidator,
)
from pydantic.fields import FieldInfo

MOST = 40
"""Differences that are told of one answer; a vendor that changed everything need not be told in full."""

ITEMS = 50
"""Entries of a list that are looked at. The others are most likely of the same shape."""

DEEPEST = 12

OTHER = "(another name)"
"""For a key that may be somebody's data: an id, an address, a number."""


class Kind(StrEnum):
    """What differs."""

    NEW_FIELD = "new_field"
    MISSING = "missing"
    NULL = "null"
    NEW_VALUE = "new_value"
    TYPE = "type"
    UNREADABLE = "unreadable"
    ENDED = "ended"
    """Not of an answer: the plugin's own process has ended (:mod:`hub.dispatch.apart`)."""
    HELD = "held"
    """Not of an answer: the plugin held its event loop, which was given up (:mod:`hub.dispatch.guests`)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which an answer is not what was declared.

    Attributes:
        path: where, such as ``cards[].status``; empty for the whole answer.
        detail: for *type*, what came and what was declared; shapes in words.
    """

    kind: Kind
    path: str = ""
    detail: str = ""


def differences(shape: Any, content: bytes) -> tuple[Difference, ...]:
    """Each difference once, in the order in which it is met.

    Args:
        shape: what the endpoint declares as its answer.
        content: the answer's bytes.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return (Difference(Kind.UNREADABLE),)
    found: dict[Difference, None] = {}
    for difference in _look(shape, value, "", DEEPEST):
        found[difference] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def _look(shape: Any, value: Any, path: str, deeper: int) -> Iterator[Difference]:
    shape, own_code = _bare(shape)
    if own_code or deeper == 0 or shape in (Any, object) or not _known(shape):
        return
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        yield from _one_of(get_args(shape), value, path, deeper)
    elif value is None:
        if shape not in (None, types.NoneType) and not (origin is Literal and None in get_args(shape)):
            yield Difference(Kind.NULL, path)
    elif _is_model(shape):
        yield from _model(shape, value, path, deeper)
    elif (closed := _closed(shape)) is not None:
        if value not in closed:
            yield Difference(Kind.NEW_VALUE, path)
    elif _is_list(shape):
        yield from _list(get_args(shape), value, path, deeper)
    elif (origin or shape) in (dict, Mapping):
        yield from _table(get_args(shape), value, path, deeper)
    else:
        yield from _plain(shape, value, path)


def _bare(shape: Any) -> tuple[Any, bool]:
    """The type without its marks, and whether one of them is a function that reads the value first."""
    own_code = False
    while get_origin(shape) is Annotated:
        shape, *marks = get_args(shape)
        own_code |= any(isinstance(mark, _OWN_CODE) for mark in marks)
    return shape, own_code


_OWN_CODE = (BeforeValidator, PlainValidator, WrapValidator)


def _known(shape: Any) -> bool:
    return get_origin(shape) is not None or isinstance(shape, type) or shape is None


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _is_list(shape: Any) -> bool:
    origin = get_origin(shape) or shape
    return (
        isinstance(origin, type) and not issubclass(origin, str | bytes) and issubclass(origin, Sequence | AbstractSet)
    )


def _closed(shape: Any) -> tuple[Any, ...] | None:
    """The values of a closed list; None for everything else."""
    if get_origin(shape) is Literal:
        return get_args(shape)
    if isinstance(shape, type) and issubclass(shape, Enum):
        return tuple(member.value for member in shape)
    return None


# --- one of each --------------------------------------------------------------------------------------------------


def _one_of(arms: Sequence[Any], value: Any, path: str, deeper: int) -> Iterable[Difference]:
    """Against the arm it is most like. *Null* is an arm of its own."""
    if value is None:
        return () if types.NoneType in arms else (Difference(Kind.NULL, path),)
    tried = [tuple(_look(arm, value, path, deeper - 1)) for arm in arms if arm is not types.NoneType]
    return min(tried, key=len, default=())


def _model(shape: type[BaseModel], value: Any, path: str, deeper: int) -> Iterator[Difference]:
    decorators = shape.__pydantic_decorators__
    if any(made.info.mode != "after" for made in decorators.model_validators.values()):
        return
    if issubclass(shape, RootModel):
        yield from _look(shape.model_fields["root"].annotation, value, path, deeper - 1)
        return
    if not isinstance(value, dict):
        yield _type(path, value, "an object")
        return
    validators = decorators.field_validators.values()
    own_code = {name for made in validators if made.info.mode != "after" for name in made.info.fields}
    expected: set[str] = set()
    for name, info in shape.model_fields.items():
        words = _spellings(name, info, shape)
        expected |= words
        if name not in own_code:
            yield from _field(info, words, value, path, deeper)
    if shape.model_config.get("extra") != "allow":
        yield from (Difference(Kind.NEW_FIELD, _under(path, key)) for key in value if key not in expected)


def _field(info: FieldInfo, words: set[str], value: dict[str, Any], path: str, deeper: int) -> Iterator[Difference]:
    found = next((word for word in words if word in value), None)
    if found is not None:
        if not any(isinstance(mark, _OWN_CODE) for mark in info.metadata):
            yield from _look(info.annotation, value[found], _under(path, found), deeper - 1)
    elif info.is_required() and words:
        yield Difference(Kind.MISSING, _under(path, min(words)))


def _spellings(name: str, info: FieldInfo, shape: type[BaseModel]) -> set[str]:
    """The keys under which a field may come. One that is taken from deeper down is known by its first key."""
    alias = info.validation_alias or info.alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias] if alias else [name]
    words = {str(choice.path[0]) if isinstance(choice, AliasPath) else str(choice) for choice in choices}
    by_name = shape.model_config.get("populate_by_name") or shape.model_config.get("validate_by_name")
    return words | {name} if by_name else words


def _list(arguments: Sequence[Any], value: Any, path: str, deeper: int) -> Iterator[Difference]:
    if not isinstance(value, list):
        yield _type(path, value, "a list")
        return
    of = [argument for argument in arguments if argument is not Ellipsis]
    for place, item in enumerate(value[:ITEMS] if of else ()):
        yield from _look(of[min(place, len(of) - 1)], item, f"{path}[]", deeper - 1)


def _table(arguments: Sequence[Any], value: Any, path: str, deeper: int) -> Iterator[Difference]:
    if not isinstance(value, dict):
        yield _type(path, value, "an object")
    elif len(arguments) == 2:
        for item in list(value.values())[:ITEMS]:
            yield from _look(arguments[1], item, f"{path}.*" if path else "*", deeper - 1)


def _plain(shape: Any, value: Any, path: str) -> Iterator[Difference]:
    expected = next(
        (words for kind, words in _PLAIN.items() if isinstance(shape, type) and issubclass(shape, kind)), None
    )
    if expected is not None and _word(value) not in expected:
        yield _type(path, value, expected[0])


_PLAIN: dict[type, tuple[str, ...]] = {
    bool: ("true or false",), int: ("a whole number",), float: ("a number", "a whole number"), str: ("a text",),
    datetime: ("a text", "a whole number", "a number"), date: ("a text", "a whole number"), time: ("a text",),
    timedelta: ("a text", "a whole number", "a number"), Decimal: ("a number", "a whole number", "a text"),
    UUID: ("a text",), bytes: ("a text",), SecretStr: ("a text",),
}  # fmt: skip
"""Declared type → how it may come in JSON; the first is how it is called. Types we do not know are not looked at."""


def _type(path: str, value: Any, declared: str) -> Difference:
    return Difference(Kind.TYPE, path, f"{_word(value)}, where {declared} is declared")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    words = {float: "a number", str: "a text", list: "a list", dict: "an object"}
    return words.get(type(value), "nothing")


def _under(path: str, key: str) -> str:
    named = key if _NAME.fullmatch(key) and sum(sign.isdigit() for sign in key) <= 3 else OTHER
    return f"{path}.{named}" if path else named


_NAME = re.compile(r"[A-Za-z_@$][\w.$:-]{0,39}", re.ASCII)
