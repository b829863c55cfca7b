"""What people type on Account Info."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts import info
from hub.accounts.models import Account
from hub.db.errors import Invalid


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("phone", "(801) 555-0123", "+18015550123"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("phone", "", ""),
        ("office_phone", "call us!", "call us!"),  # display only, never dialled
        ("email", " Ann@EXAMPLE.com ", "Ann@example.com"),
        ("website", "example.com", "https://example.com"),
        ("website", "http://example.com/a?b=c", "http://example.com/a?b=c"),
        ("time_zone", "America/Denver", "America/Denver"),
        ("country", "us", "US"),
        ("theme_text", "#AABBCC", "#aabbcc"),
        ("notification_delete_days", "", 0),
        ("notification_delete_days", "30", 30),
        ("default_lead_source_id", "", None),
        ("default_lead_source_id", "12", 12),
        ("company", None, ""),
        ("company", "Müller & Söhne 株式会社", "Müller & Söhne 株式会社"),
    ],
)
def test_what_is_right_is_brought_into_one_form(field: str, typed: object, stored: object) -> None:
    assert info.clean({field: typed}) == {field: stored}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", "12"),
        ("phone", "not a number"),
        ("phone", "1" * 40),
        ("email", "ann@"),
        ("email", "ann@localhost\r\nBcc: all@example.com"),
        ("website", "javascript:alert(1)"),
        ("website", "https://user:pw@example.com"),
        ("website", "https://[::1"),
        ("website", "https://exa mple.com"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("country", "XX"),
        ("theme_text", "red; background: url(x)"),
        ("notification_delete_days", "-1"),
        ("notification_delete_days", "1.5"),
        ("notification_delete_days", "٣"),
        ("notification_delete_days", "99999"),
        ("default_lead_source_id", "12; drop"),
        ("default_lead_source_id", "9" * 30),
        ("name", "  "),
        ("name", "x" * 121),
        ("company", "two\nlines"),
        ("company", "nul\x00"),
        ("company", "half\ud800"),
        ("locked_at", "2026-01-01"),
        ("secure", True),
        ("path", "/1/"),
    ],
)
def test_what_is_wrong_names_its_field(field: str, typed: object) -> None:
    with pytest.raises(Invalid) as refused:
        info.clean({field: typed})

    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field].endswith(".")


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        info.clean({"phone": "12", "email": "x", "company": "fine"})

    assert set(refused.value.fields) == {"phone", "email"}


def test_a_number_without_country_is_read_in_the_accounts_country() -> None:
    assert info.clean({"phone": "020 7946 0958"}, region="GB") == {"phone": "+442079460958"}
    assert info.clean({"phone": "020 7946 0958", "country": "GB"}) == {"phone": "+442079460958", "country": "GB"}


FIELDS = [*info.LONGEST_TEXT, "phone", "email", "website", "time_zone", "country", "theme_text", "header_color"]


@given(st.sampled_from(FIELDS), st.text(max_size=300))
def test_no_text_at_all_gives_anything_but_a_clean_value_or_a_sentence(field: str, text: str) -> None:
    try:
        value = info.clean({field: text})[field]
    except Invalid:
        return
    limit = Account._meta.get_field(field).max_length
    assert limit is None or len(value) <= limit
