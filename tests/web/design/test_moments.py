"""Times in the account's zone, with the exact instant beside."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from hub.web.design.moments import moment
from hub.web.templatetags.ui_showing import draw_moment

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # 10:00 in New York


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NOW - timedelta(hours=1), "Today, 09:00"),
        (NOW - timedelta(hours=11), "Yesterday, 23:00"),
        (NOW + timedelta(days=1), "Tomorrow, 10:00"),
        (NOW - timedelta(days=30), "22 Oct, 11:00"),
        (NOW - timedelta(days=365), "21 Nov 2025, 10:00"),
    ],
)
def test_the_words_follow_the_accounts_own_calendar(value: datetime, words: str) -> None:
    assert moment(value, NEW_YORK, NOW).text == words


def test_inside_a_sentence_no_word_is_capital() -> None:
    spoken = [
        moment(NOW + span, NEW_YORK, NOW, "within").text
        for span in (timedelta(), -timedelta(hours=11), -timedelta(days=30))
    ]

    assert spoken == ["today, 10:00", "yesterday, 23:00", "22 Oct, 11:00"]


def test_the_exact_instant_names_both_zones() -> None:
    assert moment(NOW, NEW_YORK, NOW).exact == "2026-11-21 10:00:00 EST · 2026-11-21 15:00:00 UTC"


def test_relative_words_go_both_ways() -> None:
    assert moment(NOW - timedelta(hours=2), UTC, NOW, "relative").text == "2 hours ago"
    assert moment(NOW + timedelta(days=3), UTC, NOW, "relative").text == "in 3 days"
    assert moment(NOW, UTC, NOW, "relative").text == "just now"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 1, 1), UTC, NOW)


def test_a_time_that_was_drawn_before_midnight_is_worded_anew_after_it() -> None:
    with timezone.override(NEW_YORK):
        before, after = draw_moment(NOW, now=NOW), draw_moment(NOW, now=NOW + timedelta(hours=14))

    assert "Today, 10:00" in before
    assert "Yesterday, 10:00" in after
