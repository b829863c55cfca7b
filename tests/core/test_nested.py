"""Texts inside lists and tables, at any depth."""

from __future__ import annotations

from hub.core import nested

VALUE = {"a": "one", "b": ["two", {"c": ("three", 4, None)}], "d": True}


def test_every_text_is_found_and_a_table_s_names_are_none() -> None:
    assert list(nested.texts(VALUE)) == ["one", "two", "three"]
    assert list(nested.texts("alone")) == ["alone"]
    assert list(nested.texts(7)) == []


def test_every_text_is_changed_names_too_and_nothing_else() -> None:
    assert nested.changed(VALUE, str.upper) == {"A": "ONE", "B": ["TWO", {"C": ["THREE", 4, None]}], "D": True}
    assert VALUE["a"] == "one"
