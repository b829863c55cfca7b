"""Every state has a word and every word a picture that exists."""

import pytest

from hub.addons.models import Connection
from hub.dispatch.gate import Hold
from hub.dispatch.states import State
from hub.web.design import badges
from hub.web.design.icons import svg

KNOWN = [(kind, code) for kind, words in badges._KINDS.items() for code in words]


@pytest.mark.parametrize(("kind", "code"), KNOWN)
def test_a_known_code_has_a_tone_and_an_icon_that_can_be_drawn(kind: str, code: str) -> None:
    badge = badges.badge_for(kind, code)

    assert badge.tone in badges.TONES
    assert not badge.icon or svg(badge.icon).startswith("<svg")


@pytest.mark.parametrize("code", sorted(badges.HOLD_REASONS))
def test_a_hold_says_what_releases_it(code: str) -> None:
    assert str(badges.HOLD_REASONS[code].hint).endswith(".")


def test_every_code_the_engine_stores_is_worded() -> None:
    assert {state.value for state in State} == set(badges.STEP_STATES)
    assert {hold.value for hold in Hold} <= set(badges.HOLD_REASONS)
    assert set(Connection.Health.values) <= set(badges.CONNECTION_STATES)


def test_a_code_nobody_worded_yet_is_shown_as_its_own_words() -> None:
    badge = badges.badge_for("hold", "vendor_on_strike")

    assert (badge.text, badge.tone) == ("Vendor on strike", "neutral")


def test_an_unknown_vocabulary_is_the_authors_mistake() -> None:
    with pytest.raises(ValueError, match="steps"):
        badges.badge_for("steps", "done")
