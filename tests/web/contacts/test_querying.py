"""What the address of a list says becomes a query: one reading for every list of contacts, whichever filters it offers.

A filter that cannot be read may show more than it did, but never acts on more than was seen.
"""

from __future__ import annotations

import pytest
from django.http import QueryDict

from hub.contacts.query import ContactQuery
from hub.db.errors import Problem
from hub.web.views.contacts import querying
from hub.web.views.plans.enrolling import PICKED_BY

LISTS = pytest.mark.parametrize("names", [querying.PARAMETERS, PICKED_BY], ids=["contacts", "for a plan"])


@LISTS
@pytest.mark.parametrize("filter_", [{"tag": "abc"}, {"source": "x\x00"}, {"user": "-1"}, {"address": "maybe"}])
def test_all_that_match_an_unreadable_filter_is_refused(filter_: dict[str, str], names: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as refusal:
        querying.marked({"all_matching": "1", **filter_}, names)

    assert refusal.value.code == "filter_unreadable"


@LISTS
def test_all_that_match_a_readable_filter_are_meant(names: tuple[str, ...]) -> None:
    assert querying.marked({"all_matching": "1", "tag": "7"}, names) == ContactQuery(tags=(7,))
    assert querying.marked({"all_matching": "1", "archived": "no"}, names) == ContactQuery()


@LISTS
def test_each_filter_is_read(names: tuple[str, ...]) -> None:
    given = {"q": " ada ", "source": "1", "cycle": "2", "tag": "3", "user": "4", "address": "no"}

    assert querying.query_of(given, names) == ContactQuery(
        text="ada", lead_sources=(1,), sales_cycles=(2,), tags=(3,), assigned=(4,), has_address=False
    )
    assert querying.query_of({"user": "none"}, names) == ContactQuery(unassigned=True)


def test_a_list_does_not_see_filters_that_it_does_not_offer() -> None:
    given = {"plan": "5", "import": "6", "archived": "any", "sort": "name", "tag": "3"}

    assert querying.query_of(given) == ContactQuery(on_plan=5, of_import=6, archived="any", sort="name", tags=(3,))
    assert querying.query_of(given, PICKED_BY) == ContactQuery(tags=(3,))
    assert querying.marked({"all_matching": "1", **given}, PICKED_BY) == ContactQuery(tags=(3,))


@LISTS
def test_what_cannot_be_read_shows_more_and_never_breaks(names: tuple[str, ...]) -> None:
    for given in ({"tag": "9" * 30}, {"user": "0"}, {"address": "\u2603"}, {"source": "1e9"}):
        assert querying.query_of(given, names) == ContactQuery(), given


@LISTS
def test_marked_ones_are_those_ids_archived_or_not(names: tuple[str, ...]) -> None:
    marked = querying.marked(QueryDict("ids=7&ids=3&ids=7&ids=x&ids=-1"), names)

    assert marked == ContactQuery(among=(3, 7), archived="any")
    for nobody in ("", "ids=x", "ids=0"):
        with pytest.raises(Problem) as refusal:
            querying.marked(QueryDict(nobody), names)
        assert refusal.value.code == "nobody"
