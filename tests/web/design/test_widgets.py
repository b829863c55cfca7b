"""Our own drawing of a long dropdown: the same as Django's, only sooner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.test.html import parse_html

from hub.web import countries
from hub.web.design.widgets import SearchSelect

CHOICES = [("", "None"), ("a&b", "A <b> & c"), (7, "Seven"), ('q"', "Quoted")]


@pytest.mark.parametrize("value", ["", None, "a&b", 7, "7", 'q"', "elsewhere"])
def test_a_searchable_dropdown_is_drawn_as_django_draws_it(value: Any) -> None:
    given = {"id": "id_x", "required": True, "aria-invalid": False, "class": 'c"'}
    plain = forms.Select(attrs={"data-search-select": ""}, choices=CHOICES)

    ours = SearchSelect(choices=CHOICES).render("x", value, given)

    assert parse_html(ours) == parse_html(plain.render("x", value, given))


def test_zones_carry_the_offset_of_the_season_and_an_old_name_stays_offered() -> None:
    winter, summer = datetime(2026, 1, 5, 12, 30, tzinfo=UTC), datetime(2026, 7, 5, 12, 30, tzinfo=UTC)

    assert ("America/Denver", "America/Denver (UTC−07:00)") in countries.zones(winter)
    assert ("America/Denver", "America/Denver (UTC−06:00)") in countries.zones(summer)
    assert countries.zones(winter, also="MST7MDT")[0] == ("MST7MDT", "MST7MDT (UTC−07:00)")
