"""Values for the fields of a form that nobody filled in: the first choice, an address, a number that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from hub.core.settings import FieldSpec, Settings

NUMBERS = (int, float, Decimal)


def value_of(model: type[Settings], spec: FieldSpec) -> Any:
    """A value that the field of this form takes, as JSON can hold it; a secret is not made up here."""
    if spec.choices:
        return spec.choices[0][0]
    info = model.model_fields[spec.name]
    if set(NUMBERS) & {info.annotation, *get_args(info.annotation)}:
        return _number(info)
    values: dict[str, Any] = {"toggle": True, "lines": ["one"], "table": {}, "choice": "1", "choices": ["1"]}
    return values.get(spec.kind, _text(spec.name))


def _text(name: str) -> str:
    word = name.lower()
    if "url" in word:
        return "https://receiver.example/hook"
    address = "mail" in word or word == "address" or word.endswith("_address")
    return "ada@example.com" if address else f"kit-{name}"


def _number(info: FieldInfo) -> Any:
    """The plainest number within the field's bounds. A ``Decimal`` is written as a text, as a form holds it."""
    field: TypeAdapter[Any] = TypeAdapter(_annotated(info))
    exact = Decimal in (info.annotation, *get_args(info.annotation))
    for number in _likely(info):
        whole = number == number.to_integral_value()
        said: Any = str(number) if exact else int(number) if whole else float(number)
        try:
            field.validate_python(said)
            return said
        except ValidationError:
            continue
    return "1" if exact else 1


def _annotated(info: FieldInfo) -> Any:
    """The field's type with its bounds."""
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _likely(info: FieldInfo) -> Iterator[Decimal]:
    step = _bound(info, ("multiple_of",)) or Decimal(1)
    low, high = _bound(info, ("ge", "gt")), _bound(info, ("le", "lt"))
    yield Decimal(1)
    yield step
    if low is not None:
        first = (low / step).to_integral_value() * step
        yield from (low, first, first + step, first + 2 * step)
    if high is not None:
        last = (high / step).to_integral_value() * step
        yield from (high, last, last - step)
    if low is not None and high is not None:
        yield (low + high) / 2
    yield from (Decimal(0), low + Decimal("0.01") if low is not None else Decimal("0.5"))


def _bound(info: FieldInfo, names: Iterable[str]) -> Decimal | None:
    found = (getattr(mark, name, None) for mark in info.metadata for name in names)
    return next((Decimal(str(bound)) for bound in found if bound is not None), None)
