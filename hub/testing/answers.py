"""Making an answer of a declared shape out of what is stored: the half of the simulator that knows types.

What is stored fills the fields of the same name (or alias); a ``Literal`` takes its first value; what is neither stored nor
optional is made up plainly from the field's name. The result is always held against the declaration, so that the simulator cannot
answer what the plugin could not read from the vendor.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

Item = Mapping[str, Any]
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""A made-up time; the simulator's answers are the same on every run."""


def one(shape: Any, item: Item) -> Any:
    """An answer of this shape about one item, as JSON can hold it."""
    made = _make(shape, item, "", [item])
    _checked(shape, made)
    return made


def many(shape: Any, items: Sequence[Item]) -> Any:
    """An answer of this shape that lists items: the list itself, or the object that holds the list."""
    made = _make(shape, items[0] if items else {}, "", items)
    _checked(shape, made)
    return made


_adapters: dict[int, tuple[Any, TypeAdapter[Any]]] = {}


def _checked(shape: Any, made: Any) -> None:
    """The simulator cannot answer what the plugin could not read. Adapters are kept, for making one costs more than using it."""
    kept = _adapters.get(id(shape))
    if kept is None:
        kept = _adapters[id(shape)] = (shape, TypeAdapter(shape))  # the shape is kept too, so that its id stays its own
    kept[1].validate_python(made)


def is_list(shape: Any) -> bool:
    """Whether an answer of this shape lists things."""
    shape = _bare(shape)
    if get_origin(shape) in (list, tuple, Sequence):
        return True
    return isinstance(shape, type) and issubclass(shape, BaseModel) and any(
        is_list(info.annotation) for info in shape.model_fields.values()
    )  # fmt: skip


def item_type(shape: Any) -> Any:
    """The type of the listed things."""
    shape = _bare(shape)
    if get_origin(shape) in (list, tuple, Sequence):
        return get_args(shape)[0]
    fields = shape.model_fields.values() if isinstance(shape, type) and issubclass(shape, BaseModel) else ()
    return next((item_type(info.annotation) for info in fields if is_list(info.annotation)), shape)


def _make(shape: Any, item: Item, name: str, items: Sequence[Item]) -> Any:
    shape = _bare(shape)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _make(arguments[0], item, name, items)
    if origin in (list, tuple, Sequence):
        return [_make(arguments[0], entry, name, [entry]) for entry in items]
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return _model(shape, item, items)
    return _plain(shape, name, item)


def _model(shape: type[BaseModel], item: Item, items: Sequence[Item]) -> dict[str, Any]:
    made = {}
    for name, info in shape.model_fields.items():
        spelt = spelling(name, info)
        stored = next((item[word] for word in (name, *_aliases(info)) if word in item), None)
        if stored is not None:
            made[spelt] = _fitting(info.annotation, stored)
        elif info.is_required() or is_list(info.annotation):
            made[spelt] = _make(info.annotation, item, name, items)
    return made


def spelling(name: str, info: FieldInfo) -> str:
    """How the vendor spells a field."""
    return next(iter(_aliases(info)), name)


def _aliases(info: FieldInfo) -> tuple[str, ...]:
    alias = info.validation_alias or info.alias
    if isinstance(alias, AliasChoices):
        return tuple(choice for choice in alias.choices if isinstance(choice, str))
    return (alias,) if isinstance(alias, str) else ()


def _fitting(shape: Any, stored: Any) -> Any:
    """A stored text where a number is declared, and the other way round."""
    bare = _bare(shape)
    if bare is str and isinstance(stored, int | float) and not isinstance(stored, bool):
        return str(stored)
    if bare is int and isinstance(stored, str):
        digits = "".join(letter for letter in stored if letter.isdigit())
        return int(digits or 0)
    return stored


def _plain(shape: Any, name: str, item: Item) -> Any:
    if name == "id" or name.endswith(("_id", "Id")):
        return _fitting(shape, item.get("id", "id-0"))
    if isinstance(shape, type) and issubclass(shape, Enum):
        return next(iter(shape)).value
    made = {str: name.replace("_", " ") or "text", int: 1, float: 1.0, bool: True, dict: {}, datetime: MOMENT.isoformat(),
            date: MOMENT.date().isoformat(), bytes: ""}  # fmt: skip
    return made.get(get_origin(shape) or shape)


def _bare(shape: Any) -> Any:
    while get_origin(shape) is Annotated:
        shape = get_args(shape)[0]
    return shape
