"""Whoever has a phone number of any kind has a phone number, in the kit as in the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.proofs import phones
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.proofs.shape import shape_of
from hub.testing.proofs.steps import bare
from tests.testing.mutants import kestrel
from tests.testing.planting import Mutant, planted

NEEDS = 'needs=["email", "phone"])'


def found(tmp_path: Path, number: str, needs: str = NEEDS) -> dict[str, list[str]]:
    """What the kit finds of a Kestrel whose club is told this of the contact."""
    told = kestrel.NAME.replace("contact.first_name", number)
    with (
        planted(
            kestrel.PACKAGE, Mutant("", kestrel.CLUB_NEEDS, needs, also=((kestrel.NAME, told),)), tmp_path
        ) as addon,
        Bench(addon) as bench,
    ):
        action = next(action for action in bench.plugin.actions if action.type == "kestrel.join_club")
        shape = shape_of(bench, action)
        return {case.name: findings(case, bench) for case in phones.cases(shape, bare(shape))}


def test_an_action_that_reads_the_cell_phone_alone_is_found_by_either_other_number(tmp_path: Path) -> None:
    told = found(tmp_path, "contact.phone_cell")

    assert list(told) == ["join_club: the only phone is the home phone", "join_club: the only phone is the work phone"]
    assert all("Read contact.phone" in sentences[0] for sentences in told.values())


@pytest.mark.parametrize("number", ["contact.phone", "contact.phone.lstrip('+1')", "contact.first_name"])
def test_an_action_that_takes_any_number_or_sends_none_is_left_alone(tmp_path: Path, number: str) -> None:
    told = found(tmp_path, number)

    assert len(told) == 2
    assert not any(told.values())


def test_who_asks_for_a_cell_phone_is_not_asked_about_others(tmp_path: Path) -> None:
    assert found(tmp_path, "contact.phone_cell", 'needs=["email", "phone_cell"])') == {}
