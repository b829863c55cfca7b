"""Audit rows in words, whatever their data holds."""

from __future__ import annotations

import pytest

from hub.audit import wording


def test_a_change_is_told_with_what_was_before() -> None:
    data = {"changed": {"time_zone": ["UTC", "Europe/London"], "odd": "not a pair"}}

    assert wording.changes(data) == [("time zone", "UTC", "Europe/London")]


def test_a_thing_is_called_what_it_was_called_then() -> None:
    assert wording.name({"name": "Leeds"}, "7") == "Leeds"
    assert wording.name({}, "7") == "7"


@pytest.mark.parametrize("data", [None, [], "text", 7, {"changed": None}, {"changed": {"a": [1]}}])
def test_no_data_breaks_the_words(data: object) -> None:
    assert wording.changes(data) == []
    assert isinstance(wording.name(data, "7"), str)
    assert isinstance(wording.further(data), list)


def test_long_values_are_cut() -> None:
    ((_key, text),) = wording.further({"reason": "x" * 500})

    assert len(text) == wording.LONGEST_VALUE
