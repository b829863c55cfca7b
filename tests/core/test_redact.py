"""Secrets are taken out by value, in every form in which they get out."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import redact
from tests.support import canary

SECRET = 'k/9+"é secret&key='


@pytest.fixture
def known() -> Iterator[str]:
    redact.register(SECRET)
    yield SECRET
    redact.forget([SECRET])


FORMS = {
    "plain": SECRET,
    "json": json.dumps(SECRET)[1:-1],
    "url": quote(SECRET, safe=""),
    "url path": quote(SECRET),
    "form": quote_plus(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "unpadded": base64.b64encode(SECRET.encode()).decode().rstrip("="),
    "basic password": base64.b64encode(f":{SECRET}".encode()).decode(),
    "basic user": base64.b64encode(f"{SECRET}:".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_out(known: str, form: str) -> None:
    shown = redact.text(f"before {FORMS[form]} after")

    assert FORMS[form].rstrip("=") not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_it_is_taken_out_of_whole_structures_keys_included(known: str) -> None:
    shown = redact.data({"a": [SECRET, {"b": f"x{SECRET}y"}], SECRET: 1, "n": 5, "t": (SECRET,)})

    assert SECRET not in json.dumps(shown, ensure_ascii=False)
    assert shown["n"] == 5


def test_the_longer_of_two_secrets_goes_first_so_that_no_tail_is_left() -> None:
    redact.register("abcdefgh", "abcdefgh-long-tail")
    try:
        assert redact.text("x abcdefgh-long-tail y") == f"x {redact.MASK} y"
    finally:
        redact.forget(["abcdefgh", "abcdefgh-long-tail"])


def test_short_values_do_not_tear_holes_into_ordinary_words() -> None:
    redact.register("cat")

    assert redact.text("concatenate") == "concatenate"


def test_two_that_overlap_go_together_whichever_begins_first() -> None:
    both = ["abcdefgh", "efghijklmnop"]
    redact.register(*both)
    try:
        assert redact.text("x abcdefghijklmnop y") == f"x {redact.MASK} y"
        assert redact.text("x abcdefghefghijklmnop y") == f"x {redact.MASK} y"
    finally:
        redact.forget(both)


@pytest.mark.parametrize("length", range(24))
def test_a_cut_goes_round_a_secret_and_not_through_it(known: str, length: int) -> None:
    shown = redact.cut(f"key {SECRET} is bad", length)

    assert len(shown) <= length
    assert shown == f"key {redact.MASK} is bad"[: len(shown)]
    assert "k/9" not in shown


@pytest.mark.parametrize("spelling", canary.FORMS)
def test_no_more_than_a_crumb_is_left_of_any_spelling(spelling: str) -> None:
    redact.register(canary.CANARY)
    try:
        shown = redact.text(f"before {canary.FORMS[spelling]} after")
        assert canary.traces(canary.FORMS[spelling])  # or this test would prove nothing
        assert canary.traces(shown) == []
        assert redact.MASK in shown
    finally:
        redact.forget([canary.CANARY])


def test_another_mask_may_stand_in_its_place(known: str) -> None:
    assert redact.text(f"a {SECRET} b", mask="masked-secret") == "a masked-secret b"


def test_of_two_secrets_with_one_spelling_the_other_stays_known() -> None:
    redact.register("same-spelling", "c2FtZS1zcGVsbGluZw")
    redact.forget(["same-spelling"])
    try:
        assert redact.text("c2FtZS1zcGVsbGluZw") == redact.MASK
        assert redact.text("same-spelling") == "same-spelling"
    finally:
        redact.forget(["c2FtZS1zcGVsbGluZw"])


ADDRESS = "https://chat.example.com/services/T0123/{{client.lastName}}/done?key=4f9d2c7a1b8e#part"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("POST https://chat.example.com/services/T0123/Lovelace/done?key=4f9d2c7a1b8e",
         "POST https://chat.example.com/•••/Lovelace/•••"),
        ("no route for services/T0123 here", "no route for ••• here"),
        ("key 4f9d2c7a1b8e is unknown", "key ••• is unknown"),
        ("the services of chat.example.com are done", "the services of chat.example.com are done"),
    ],
)  # fmt: skip
def test_of_an_address_that_is_a_key_the_host_and_plain_words_stay(told: str, shown: str) -> None:
    redact.register(ADDRESS)
    try:
        assert redact.text(told) == shown
    finally:
        redact.forget([ADDRESS])
    assert redact.text(told) == told


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("https://hooks.zapier.com/hooks/catch/4711/s3cret/", "https://hooks.zapier.com/•••"),
        ("https://a.example", "https://a.example/•••"),
        ("https://user:pa55word@a.example/x", "•••"),
        ("not an address https://a.example/x", "•••"),
    ],
)
def test_of_an_address_its_host_may_be_shown_and_of_any_other_secret_nothing(secret: str, shown: str) -> None:
    assert redact.masked(secret, redact.MASK) == shown


def test_what_stands_between_the_tokens_of_a_secret_is_taken_out_and_a_word_is_not() -> None:
    secret = "Bearer {{client.lastName}}-4f9d2c7a"
    redact.register(secret)
    try:
        assert redact.text("told: Bearer Lovelace-4f9d2c7a") == "told: Bearer Lovelace•••"
        assert redact.text(secret) == "•••"
    finally:
        redact.forget([secret])


def test_an_address_with_a_name_and_a_password_is_taken_out_whole() -> None:
    redact.register("https://user:pa55word@a.example/x")
    try:
        assert redact.text("GET https://user:pa55word@a.example/x") == "GET •••"
    finally:
        redact.forget(["https://user:pa55word@a.example/x"])


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_follows_a_host_is_looked_for_without_harm(host: str, rest: str) -> None:
    secret = f"https://{host}/{rest}"
    redact.register(secret)
    redact.text(secret)
    redact.forget([secret])

    assert redact.is_clean(secret)


def test_a_log_filter_cleans_lines_and_tracebacks_for_whoever_writes_them(
    known: str, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("tests.redact")
    log.addFilter(redact.LogFilter())
    try:
        raise ValueError(f"not {SECRET}")
    except ValueError:
        log.exception("the key %s", SECRET)

    assert caplog.messages == [f"the key {redact.MASK}"]
    assert SECRET not in caplog.text
    assert f"ValueError: not {redact.MASK}" in caplog.text


def test_a_secret_that_is_forgotten_is_shown_again_and_nothing_breaks() -> None:
    redact.register("temporary-secret")
    redact.forget(["temporary-secret"])

    assert redact.text("temporary-secret") == "temporary-secret"


def test_it_remembers_so_many_and_no_more() -> None:
    many = [f"secret-number-{n:06}" for n in range(redact.KEPT + 10)]
    redact.register(*many)
    try:
        assert redact.text(many[-1]) == redact.MASK
        assert redact.text(many[0]) == many[0]
    finally:
        redact.forget(many)


@pytest.mark.parametrize("number", [1, 500])
def test_in_a_long_text_it_is_found_wherever_it_stands(number: int) -> None:
    others = [f"secret-number-{n:06}" for n in range(number - 1)]
    redact.register("zq7-found", *others)
    try:
        for at in (0, 1, 2, 9_998, 19_990):
            long = "plain " * 5_000
            assert redact.is_clean(long)
            assert not redact.is_clean(f"{long[:at]}zq7-found{long[at:]}")
            assert redact.text(f"{long[:at]}zq7-found{long[at:]}") == f"{long[:at]}{redact.MASK}{long[at:]}"
    finally:
        redact.forget(["zq7-found", *others])


@pytest.mark.parametrize(
    ("secret", "shown"), [("short", "•••"), ("elevenchars", "•••"), ("twelve-chars", "••• hars"), ("", "•••")]
)
def test_the_last_four_are_shown_only_of_what_is_long_enough(secret: str, shown: str) -> None:
    assert redact.last_four(secret) == shown


@given(st.text(min_size=redact.SHORTEST, max_size=40).filter(lambda text: text.strip() == text), st.text(max_size=40))
def test_no_secret_gets_through_in_any_surroundings(secret: str, around: str) -> None:
    if redact.MASK in secret or secret in around:
        return
    redact.register(secret)
    try:
        for form in redact.forms(secret):
            assert form not in redact.text(f"{around}{form}{around}").replace(around, "")
    finally:
        redact.forget([secret])
