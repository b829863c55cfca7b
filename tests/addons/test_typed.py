"""From a browser's form to values, and from a model's verdict to sentences."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from django.http import QueryDict
from pydantic import Field, SecretStr, field_validator

from hub.addons import installed, typed
from hub.core import AddOn, Unreachable, Wait, guard, registry
from hub.core.settings import Lines, Options, Secret, Settings, fields_of
from hub.dispatch.apart.process import ProcessEnded


class Everything(Settings):
    name: str
    size: int = Field(default=3, ge=1, le=9)
    price: Annotated[Decimal, Field(gt=0, lt=1000, decimal_places=2)] = Decimal("10.00")
    colour: Literal["red", "blue"] = "red"
    loud: bool = False
    group: Annotated[str, Options("groups")]
    hosts: Lines = []
    headers: dict[str, str] = {}
    key: Secret | None = None
    note: str | None = None


def test_a_browser_s_form_becomes_values() -> None:
    posted = QueryDict(
        "name=Ada&size=4&loud=on&group=g1&group.typed=g9&hosts=a%0Ab%0A&headers.name=X&headers.value=1&headers.name=&headers.value=2"
    )

    values = typed.from_post(fields_of(Everything), posted)

    assert values == {
        "name": "Ada", "size": "4", "loud": True, "group": "g9", "hosts": ["a", "b"], "headers": {"X": "1"},
    }  # fmt: skip


def test_a_toggle_that_posts_nothing_is_off() -> None:
    assert typed.from_post(fields_of(Everything), QueryDict("name=Ada"))["loud"] is False


class Endless(Settings):
    key: Secret

    @field_validator("key")
    @classmethod
    def hangs(cls, value: SecretStr) -> SecretStr:
        threading.Event().wait(60)
        return value


def test_a_check_of_the_plugin_s_own_that_does_not_end_is_a_problem_and_names_the_plugin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "PAGE_SECONDS", 0.2)
    addon = AddOn("endless", title="Endless Cards", base_url="https://endless.example", settings=Endless)

    with installed.use(registry.from_objects([addon])):
        outcome = typed.check(Endless, {"key": "sk-typed-in"})

    assert outcome.problems == (
        ("", "The check of these settings by Endless Cards did not end within 0.2 seconds. The author of the plugin must "
         "mend it."),
    )  # fmt: skip


class Quarrelsome(Settings):
    key: Secret

    @field_validator("key")
    @classmethod
    def raises(cls, value: SecretStr) -> SecretStr:
        raise SystemExit(f"no good: {value.get_secret_value()}")


def test_a_check_of_the_plugin_s_own_that_raises_is_a_problem_and_keeps_the_secret() -> None:
    outcome = typed.check(Quarrelsome, {"key": "sk-typed-in"})

    ((field, sentence),) = outcome.problems
    assert (outcome.ok, field, outcome.clean) == (False, "", {})
    assert "failed with SystemExit" in sentence
    assert "sk-typed-in" not in sentence


class Away(Settings):
    """As the form of a plugin in a process of its own, which rests or ends."""

    key: Secret

    @classmethod
    def model_validate(cls, obj: object, **_more: object) -> Away:
        raise (
            Unreachable(Wait("it starts again soon", 1.0))
            if obj == {"key": "rests"}
            else ProcessEnded("it ended with status 3")
        )


def test_a_check_whose_process_rests_is_tried_again_and_is_not_the_author_s() -> None:
    outcome = typed.check(Away, {"key": "rests"})

    ((_, sentence),) = outcome.problems
    assert "cannot be checked at this moment" in sentence
    assert "Try again in a moment." in sentence
    assert "author" not in sentence


def test_a_check_that_ends_its_process_says_how() -> None:
    outcome = typed.check(Away, {"key": "ends"})

    ((_, sentence),) = outcome.problems
    assert "ended while it checked these settings: it ended with status 3." in sentence
    assert "The author of the plugin must mend it." in sentence


def test_an_empty_box_is_nothing_where_nothing_is_allowed() -> None:
    outcome = typed.check(Everything, {"name": "Ada", "group": "g", "size": "", "note": "", "key": ""})

    assert outcome.ok
    assert (outcome.clean["size"], outcome.clean["note"], outcome.clean["key"]) == (3, None, None)


def test_money_is_stored_as_text_and_comes_back_to_the_cent() -> None:
    outcome = typed.check(Everything, {"name": "Ada", "group": "g", "price": " 19.90 "})

    assert outcome.clean["price"] == "19.90"
    assert Everything.model_validate(json.loads(json.dumps(outcome.clean))).price == Decimal("19.90")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "   ", "Fill this in."),
        ("size", "four", "Enter a whole number."),
        ("size", "0", "Enter 1 or more."),
        ("size", "10", "Enter 9 or less."),
        ("price", "ten", "Enter a number."),
        ("price", "NaN", "Enter a number."),
        ("price", "0", "Enter more than 0."),
        ("price", "1000", "Enter less than 1000."),
        ("price", "19.999", "Use at most 2 decimal places."),
        ("colour", "green", "Choose one of 'red' or 'blue'."),
        ("loud", "perhaps", "This is either on or off."),
        ("group", "", "Choose one."),
        ("headers", "X: 1", "This must be a table of names and values."),
    ],
)
def test_each_mistake_has_its_own_sentence(field: str, value: object, sentence: str) -> None:
    good = {"name": "Ada", "group": "g1"}

    assert typed.check(Everything, {**good, field: value}).by_field == {field: sentence}
