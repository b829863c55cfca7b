"""How long a vendor's limit makes many contacts take."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.plans import pace


@pytest.mark.parametrize(
    ("written", "contacts", "span", "words"),
    [
        ("60 per minute", 500, timedelta(seconds=500), "60 a minute"),
        ("1000 per hour", 100_000, timedelta(hours=100), "1,000 an hour"),
        ("10 per 5s", 4, timedelta(seconds=2), "10 in 5s"),
    ],
)
def test_a_rate_is_read_as_the_manifest_writes_it(written: str, contacts: int, span: timedelta, words: str) -> None:
    rate = pace.rate_of(written)

    assert rate is not None
    assert (pace.takes(rate, contacts), pace.words(rate)) == (span, words)


@pytest.mark.parametrize("written", ["", "quickly", "0 per minute", "60 per fortnight", "60 per "])
def test_what_says_no_rate_is_none(written: str) -> None:
    assert pace.rate_of(written) is None
