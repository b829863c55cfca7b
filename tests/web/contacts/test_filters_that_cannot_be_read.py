"""A filter that cannot be read may show more than it did, but never acts on more than was seen."""

from __future__ import annotations

import pytest

from hub.contacts.query import ContactQuery
from hub.db.errors import Problem
from hub.web.views.contacts import querying
from hub.web.views.plans import picking


@pytest.mark.parametrize("filter_", [{"tag": "abc"}, {"source": "x\x00"}, {"user": "-1"}, {"address": "maybe"}])
def test_all_that_match_an_unreadable_filter_is_refused(filter_: dict[str, str]) -> None:
    given = {"all_matching": "1", **filter_}

    for marked in (querying.marked, picking.marked):
        with pytest.raises(Problem) as refusal:
            marked(given)
        assert refusal.value.code == "filter_unreadable"


def test_all_that_match_a_readable_filter_are_meant() -> None:
    assert querying.marked({"all_matching": "1", "tag": "7"}) == ContactQuery(tags=(7,))
    assert querying.marked({"all_matching": "1", "archived": "no"}) == ContactQuery()
    assert picking.marked({"all_matching": "1", "tag": "7"}).tags == (7,)
