"""Folding, e-mail, phones: the quick ways and the libraries give one answer."""

from __future__ import annotations

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts import normalising

any_text = st.text(max_size=60)
local = st.from_regex(r"[A-Za-z0-9_'+-]{1,20}(\.[A-Za-z0-9_'+-]{1,20}){0,2}", fullmatch=True)
domain = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?\.(com|org|co\.uk|de)", fullmatch=True)


@given(any_text)
def test_folding_twice_folds_no_further(text: str) -> None:
    once = normalising.fold(text)

    assert normalising.fold(once) == once


@given(any_text)
def test_folding_forgets_capitals_and_blanks_around(text: str) -> None:
    assert normalising.fold(f"  {text} ") == normalising.fold(text)
    if text.isascii():
        assert normalising.fold(text.upper()) == normalising.fold(text)


@given(st.text(st.characters(), max_size=60))
def test_a_line_holds_nothing_that_a_database_refuses(text: str) -> None:
    line = normalising.line(text)

    line.encode("utf-8")
    assert not set("\x00\n") & set(line)
    assert line == line.strip()
    assert normalising.line(line) == line


@given(local, domain)
def test_the_quick_way_and_the_library_agree_about_addresses(name: str, host: str) -> None:
    address = f"{name}@{host}"
    try:
        told = validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        return  # the library knows rules about hyphens in names of hosts that do no harm here

    assert normalising.email(address) == told


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "a@b",
        "a b@example.com",
        "a@@example.com",
        "@example.com",
        "a@-example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@example..com",
    ],
)
def test_what_is_no_address_is_unusable(text: str) -> None:
    with pytest.raises(normalising.Unusable):
        normalising.email(text)


def test_an_address_keeps_its_capitals_and_is_compared_without_them() -> None:
    assert normalising.email("Ada.L@EXAMPLE.com") == "Ada.L@example.com"
    assert normalising.email_key("Ada.L@example.com") == normalising.email_key("ada.l@EXAMPLE.com")
    assert normalising.email_key("josé@example.com") != normalising.email_key("jose@example.com")


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True), st.sampled_from(["{}", "1{}", "+1{}", "+1 {}"]))
def test_the_quick_way_and_the_library_agree_about_north_american_numbers(digits: str, form: str) -> None:
    text = form.format(digits)
    told = phonenumbers.format_number(phonenumbers.parse(text, "US"), phonenumbers.PhoneNumberFormat.E164)

    assert normalising.phone(text, "US") == (told, True)


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_every_way_to_write_a_number_is_the_same_number(digits: str) -> None:
    a, b, c = digits[:3], digits[3:6], digits[6:]

    forms = {
        normalising.phone(text, "US")
        for text in (digits, f"({a}) {b}-{c}", f"{a}.{b}.{c}", f"+1 {a} {b} {c}", f"1-{a}-{b}-{c}")
    }

    assert forms == {(f"+1{digits}", True)}


@pytest.mark.parametrize(
    ("text", "region", "stored", "understood"),
    [
        ("030 901820", "DE", "+4930901820", True),
        ("+49 30 901820", "US", "+4930901820", True),
        ("801-555-0123 ext. 12", "US", "+18015550123 x12", True),
        ("call me", "US", "call me", False),
        ("12", "US", "12", False),
    ],
)
def test_other_numbers_are_read_by_the_country_or_kept_as_typed(
    text: str, region: str, stored: str, understood: bool
) -> None:
    assert normalising.phone(text, region) == (stored, understood)


@given(any_text, st.sampled_from(["US", "DE", ""]))
def test_no_text_breaks_the_phone_reader_and_reading_twice_changes_nothing(text: str, region: str) -> None:
    number, understood = normalising.phone(text, region)

    if understood:
        assert normalising.phone(number, region) == (number, True)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234", "1234.00"),
        ("$1,234.50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("12,5", "12.50"),
        ("1,234", "1234.00"),
        ("-3", "-3.00"),
        ("-$3", "-3.00"),
        ("$ -3", "-3.00"),
        ("CHF 1'234.50", "1234.50"),
        ("1 234,50 kr", "1234.50"),
        ("1234 USD", "1234.00"),
    ],
)
def test_an_amount_is_read_in_both_worlds(text: str, amount: str) -> None:
    assert str(normalising.money(text)) == amount


@pytest.mark.parametrize(
    "text", ["much", "--", "1" * 20, "5k", "$ 5k", "12abc", "1e309", "1-2", "3 of 4", "", ".", "¼"]
)
def test_what_is_no_amount_is_unusable(text: str) -> None:
    with pytest.raises(normalising.Unusable):
        normalising.money(text)


def test_a_number_typed_with_blanks_is_one_thing_to_look_for() -> None:
    assert normalising.search_words("(801) 555-0123") == ["8015550123"]
    assert normalising.search_words("  Ada   LOVELACE ") == ["ada", "lovelace"]
    assert normalising.search_words("\x00 ") == []
