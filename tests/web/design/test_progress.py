"""Long work in honest numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.web.design.progress import Progress, rate_in_words, span_in_words

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def work(done: int, total: int | None, seconds: int, finished: bool = False) -> Progress:
    return Progress(done, total, START, START + timedelta(seconds=seconds), "rows", finished=finished)


def test_a_quarter_done_in_ten_seconds_needs_thirty_more() -> None:
    job = work(250, 1000, seconds=10)  # 25 a second; 750 are left

    assert (job.percent, job.rate, job.remaining) == (25, 25.0, timedelta(seconds=30))


def test_nothing_is_promised_in_the_first_seconds() -> None:
    job = work(100, 1000, seconds=2)

    assert (job.rate, job.remaining) == (None, None)


def test_an_unknown_total_has_no_percent_and_no_end() -> None:
    job = work(320, None, seconds=40)

    assert (job.percent, job.remaining, job.rate) == (None, None, 8.0)


def test_a_hundred_percent_is_said_only_when_the_work_has_ended() -> None:
    assert work(1000, 1000, seconds=10).percent == 99
    assert work(1000, 1000, seconds=10, finished=True).percent == 100


def test_more_than_was_expected_needs_no_negative_time() -> None:
    assert work(1200, 1000, seconds=10).remaining == timedelta(0)


@pytest.mark.parametrize(
    ("rate", "words"), [(None, ""), (1030.0, "1,030 a second"), (1.0, "1 a second"), (0.5, "30 a minute")]
)
def test_a_rate_is_worded_by_what_fits(rate: float | None, words: str) -> None:
    assert rate_in_words(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (7200, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_a_span_is_worded_roughly(seconds: int, words: str) -> None:
    assert span_in_words(timedelta(seconds=seconds)) == words
