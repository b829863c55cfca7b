"""What the bench says of a name that is not there, and of a trouble that is none: what there is instead, and never nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from hub.testing import faults, mail_faults
from hub.testing.kit import Kit, account, contact
from tests.testing.hub_kestrel import addon as kestrel
from tests.testing.hub_postpigeon import addon as postpigeon


@pytest.fixture
def hub() -> Iterator[Kit]:
    with Kit(postpigeon) as kit:
        yield kit


WRONG: dict[str, tuple[Callable[[Kit], object], str]] = {
    "an action's short name": (
        lambda hub: hub.run("mail_card"),
        "There is no action 'mail_card'. Do you mean 'postpigeon.mail_card'? There are: postpigeon.mail_card.",
    ),
    "a field that is misspelt": (
        lambda hub: hub.run("postpigeon.mail_card", campain="c1"),
        "The step postpigeon.mail_card has no field 'campain'. It has: campaign, greeting.",
    ),
    "a list that is misspelt": (lambda hub: hub.options("campains"), "Do you mean 'campaigns'?"),
    "a trigger where there is none": (lambda hub: hub.bring("cards"), "There is no trigger 'cards'. There are: none."),
    "a contact's fact": (
        lambda _: contact(firstname="Bea"),
        "A contact has no fact 'firstname'. It has: id, first_name",
    ),
    "an account's fact": (lambda _: account(zone="UTC"), "An account has no fact 'zone'. It has: id, company"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_name_that_is_not_there_is_answered_with_those_that_are(hub: Kit, wrong: str) -> None:
    act, said = WRONG[wrong]

    with pytest.raises(ValueError, match=re.escape(said)):
        act(hub)


def test_a_trigger_is_brought_in_by_its_whole_name() -> None:
    with Kit(kestrel) as hub:
        (name,) = (way.name for way in hub.plugin.ways_in if hasattr(way, "pull"))

        with pytest.raises(ValueError, match=f"Do you mean {name!r}"):
            hub.bring(name.partition(".")[2])

        assert hub.bring(name).records


def test_what_is_no_trouble_is_refused_where_it_is_said_and_not_at_the_next_call(hub: Kit) -> None:
    with pytest.raises(TypeError, match=r"'500' is no trouble\. Take one of hub\.testing\.faults"):
        hub.vendor.fail("500")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"hub\.testing\.mail_faults"):
        hub.mail.fail(faults.reset())  # type: ignore[arg-type]

    hub.vendor.fail(faults.status(500))
    hub.mail.fail(mail_faults.dropped_after(acts=True))
    assert len(hub.vendor.waiting) == 1
