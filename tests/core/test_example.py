"""The contract's own example is a complete add-on, and its whole test file works."""

from __future__ import annotations

from hub.core.registry import from_objects
from hub.testing.kit import Kit
from tests.core.postpigeon import addon


def test_it_loads_and_claims_its_action() -> None:
    registry = from_objects([addon])

    assert registry.troubles == ()
    assert set(registry.claims) == {"postpigeon.mail_card"}
    assert registry.claims["postpigeon.mail_card"].action.reconcile is not None


def test_the_note_names_the_card(hub: Kit) -> None:
    run = hub.run("postpigeon.mail_card", campaign="c1")

    assert run.note == "Card id-1 is queued"
    assert hub.vendor.stored("/cards")[0]["to"] == run.contact.first_name


def test_its_key_is_tested_and_its_lists_are_read(hub: Kit) -> None:
    assert hub.check() == "PostPigeon"
    assert hub.options("campaigns") == {"c1": "Campaign 1", "c2": "Campaign 2", "c3": "Campaign 3"}
    assert hub.options("studios") == {"s1": "Studio 1", "s2": "Studio 2", "s3": "Studio 3"}


def test_a_lost_answer_is_looked_up_and_the_card_is_mailed_once(hub: Kit) -> None:
    from hub.testing import faults

    hub.vendor.fail(faults.reset(acts=True))

    run = hub.rest(hub.run("postpigeon.mail_card", campaign="c1"))

    assert run.state == "done"
    assert hub.vendor.count(run.ref) == 1
