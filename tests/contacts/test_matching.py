"""Whoever comes twice, in any spelling and any order, is one contact."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contacts import cleaning, placing
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.lists import Lists
from hub.contacts.matching import Index
from hub.db import clock

NOBODY = Lists(account_id=1, region="US", sources={}, cycles={})

names = st.sampled_from(["Ada", "ADA", "José", "Grace", ""])
addresses = st.sampled_from(["a@example.com", "A@EXAMPLE.com", "b@example.com", ""])
phones = st.sampled_from(["801 555 0001", "+18015550001", "(801) 555-0002", "nonsense", ""])
ids = st.sampled_from(["1", "2", ""])
people = st.builds(
    lambda first, email, cell, home, key: Incoming(
        {"first_name": first, "email": email, "phone_cell": cell, "phone_home": home}, external_id=key
    ),
    names, addresses, phones, phones, ids,
)  # fmt: skip


def decide(batch: list[Incoming], index: Index) -> placing.Batch:
    ready = [cleaning.clean(person, "US") for person in batch]
    return placing.decide(
        ready, index, placing.Ground(NOBODY, Policy(source="csv", existing="keep"), clock.HostClock().now())
    )


@given(st.lists(people, max_size=12))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_batch_that_comes_again_makes_nobody_new(batch: list[Incoming]) -> None:
    """Under *keep*: with *update* a file that contradicts itself may rename whom it named before."""
    index = Index()
    decide(batch, index)

    again = decide(batch, index)

    assert again.counts()["created"] == 0


@given(st.lists(people, max_size=12))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_contact_carries_two_ids_of_one_source(batch: list[Incoming]) -> None:
    decided = decide(batch, Index())

    carried: dict[int, set[str]] = {}
    for place in decided.places:
        if place.known and place.ready.external_id:
            carried.setdefault(id(place.known), set()).add(place.ready.external_id)
    assert all(len(values) == 1 for values in carried.values())


@pytest.mark.parametrize("first_is_archived", [True, False])
def test_of_two_with_one_address_the_first_in_the_index_is_meant(first_is_archived: bool) -> None:
    index = Index()
    made = decide([Incoming({"first_name": "One", "email": "x@example.com"})], index).places[0]
    assert made.known is not None
    if first_is_archived:
        made.known.row.archived_at = clock.HostClock().now()

    outcome = decide([Incoming({"email": "x@example.com", "city": "Orem"})], index).places[0].outcome

    assert outcome == ("archived" if first_is_archived else "unchanged")
