"""A live answer beside its declaration: each difference by its shape, and never a value."""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, BeforeValidator, Field, RootModel, field_validator, model_validator

from hub.core import Answer
from hub.dispatch.drift import MOST, OTHER, Difference, Kind, differences


class Colour(Enum):
    RED = "red"


class Line(Answer):
    sku: str
    count: int = 1


class Card(Answer):
    id: str
    status: Literal["queued", "mailed"]
    made: datetime | None = None
    price: float = 0.0
    colour: Colour = Colour.RED
    lines: list[Line] = []
    notes: dict[str, str] = {}
    to: str = Field("", validation_alias=AliasChoices("recipient", "to"))
    tags: Annotated[list[str], BeforeValidator(str.split)] = []


GOOD: dict[str, Any] = {"id": "c1", "status": "queued"}


def seen(shape: Any, value: Any) -> list[tuple[str, str]]:
    return [(str(one.kind), one.path) for one in differences(shape, json.dumps(value).encode())]


@pytest.mark.parametrize(
    "more",
    [
        {}, {"made": None}, {"made": "2026-03-02T09:00:00Z"}, {"made": 1772442000}, {"price": 3}, {"price": 3.5},
        {"colour": "red"}, {"lines": [{"sku": "a"}, {"sku": "b", "count": 2}]}, {"notes": {"a@b.test": "x"}},
        {"recipient": "Ada"}, {"to": "Ada"}, {"tags": "a b c"},
    ],
)  # fmt: skip
def test_what_was_declared_is_no_difference(more: dict[str, Any]) -> None:
    assert seen(Card, GOOD | more) == []


@pytest.mark.parametrize(
    ("more", "kind", "path"),
    [
        ({"carrier": "x"}, "new_field", "carrier"),
        ({"status": "lost"}, "new_value", "status"),
        ({"status": None}, "null", "status"),
        ({"id": 5}, "type", "id"),
        ({"price": "3.50"}, "type", "price"),
        ({"colour": "blue"}, "new_value", "colour"),
        ({"lines": {"sku": "a"}}, "type", "lines"),
        ({"lines": [{"sku": "a"}, {"count": 2}]}, "missing", "lines[].sku"),
        ({"lines": [{"sku": "a", "count": None}]}, "null", "lines[].count"),
        ({"lines": [{"sku": "a", "count": 1.5}]}, "type", "lines[].count"),
        ({"lines": [{"sku": "a", "weight": 1}]}, "new_field", "lines[].weight"),
        ({"notes": {"a@b.test": 7}}, "type", "notes.*"),
        ({"recipient": None}, "null", "recipient"),
        ({"made": True}, "type", "made"),
    ],
)
def test_what_was_not_declared_is_told_with_its_place(more: dict[str, Any], kind: str, path: str) -> None:
    assert seen(Card, GOOD | more) == [(kind, path)]


def test_a_field_that_no_longer_comes_is_told_and_one_with_a_default_is_not() -> None:
    assert seen(Card, {"status": "queued"}) == [("missing", "id")]


def test_the_detail_of_a_type_is_words_about_shapes() -> None:
    [found] = differences(Card, json.dumps(GOOD | {"id": 4711}).encode())

    assert found == Difference(Kind.TYPE, "id", "a whole number, where a text is declared")


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        (list[Card], [GOOD, GOOD | {"x": 1}, GOOD | {"x": 2}], [("new_field", "[].x")]),
        (list[Card], {"items": []}, [("type", "")]),
        (dict[str, Card], {"c1": GOOD | {"id": 1}}, [("type", "*.id")]),
        (Card | Line, {"sku": "a"}, []),
        (Card | Line, {"sku": "a", "x": 1}, [("new_field", "x")]),
        (RootModel[list[Line]], [{"sku": 1}], [("type", "[].sku")]),
        (Card | None, None, []),
        (Card, None, [("null", "")]),
        (Any, {"whatever": 1}, []),
        (None, {"whatever": 1}, []),
    ],
)
def test_every_kind_of_declaration_is_looked_into(shape: Any, value: Any, expected: list[tuple[str, str]]) -> None:
    assert seen(shape, value) == expected


def test_what_the_plugins_own_code_reads_first_is_left_to_it() -> None:
    class Own(Answer):
        when: datetime

        @field_validator("when", mode="before")
        @classmethod
        def _from_dots(cls, value: Any) -> Any:
            return value

    class Whole(Answer):
        id: str

        @model_validator(mode="before")
        @classmethod
        def _unwrapped(cls, value: Any) -> Any:
            return value["data"]

    assert seen(Own, {"when": [2026, 3, 2]}) == []
    assert seen(Whole, {"data": {"id": "1"}}) == []


@pytest.mark.parametrize("key", ["ada@example.com", "cus_9s6XK2kN4Ri1", "4711", "x" * 50, "a b", "né"])
def test_a_key_that_may_be_data_is_not_named(key: str) -> None:
    assert seen(Card, GOOD | {key: 1}) == [("new_field", OTHER)]


def test_no_value_is_ever_told() -> None:
    canary = "canary-value-0815"
    value = {
        "id": [canary],
        "status": canary,
        "made": {canary: canary},
        "lines": canary,
        "notes": [canary],
        "extra": canary,
    }

    assert canary not in str(differences(Card, json.dumps(value).encode()))


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"id": ', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told_once(content: bytes) -> None:
    assert differences(Card, content) == (Difference(Kind.UNREADABLE),)


def test_a_vendor_that_changed_everything_is_told_in_part() -> None:
    many = {f"field_{chr(97 + n % 26)}{chr(97 + n // 26)}": n for n in range(500)}

    assert len(seen(Card, GOOD | many)) == MOST
