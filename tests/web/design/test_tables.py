"""Heads that sort and pages by cursor, from the query string alone."""

import pytest

from hub.web.design.tables import Column, heads, with_query


def test_a_head_that_is_not_sorted_by_yet_sorts_upwards() -> None:
    [head] = heads([Column("Name", "name")], "q=ada")

    assert head.href == "?q=ada&sort=name"
    assert head.direction == "none"


def test_the_head_in_force_turns_the_order_round_and_says_so() -> None:
    [upwards] = heads([Column("Name", "name")], "sort=name")
    [downwards] = heads([Column("Name", "name")], "sort=-name")

    assert (upwards.direction, upwards.href) == ("ascending", "?sort=-name")
    assert (downwards.direction, downwards.href) == ("descending", "?sort=name")


def test_sorting_anew_starts_at_the_first_page() -> None:
    [head] = heads([Column("Name", "name")], "cursor=abc&state=held")

    assert head.href == "?state=held&sort=name"


def test_a_column_without_a_sort_key_has_no_link() -> None:
    [head] = heads([Column("State")], "sort=name")

    assert (head.href, head.direction) == ("", "")


def test_a_filter_that_is_given_twice_keeps_both_values() -> None:
    assert with_query("tag=a&tag=b", cursor="c2") == "?tag=a&tag=b&cursor=c2"


def test_what_comes_from_the_address_is_escaped_for_the_next_one() -> None:
    assert with_query("q=%22%3E%3Cb%3E", cursor="c") == "?q=%22%3E%3Cb%3E&cursor=c"


def test_a_misspelt_kind_of_column_stops_the_pages_author() -> None:
    with pytest.raises(ValueError, match="text, number, state, actions"):
        Column("Steps", kind="numeric")
