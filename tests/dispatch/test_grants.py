"""What a token endpoint's answer means, and when a token is renewed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.core.auth import OAuth2
from hub.core.errors import DeclarationError
from hub.dispatch import grants
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.grants import Client, NoToken, Tokens, Trouble

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AUTH = OAuth2("https://v.example/authorize", "https://v.example/token", ("a", "b"))
OLD = Tokens("old-access", "old-refresh", NOW - timedelta(hours=1), NOW, ("a", "b"))


def answered(status: int, **data: Any) -> Answered:
    return Answered(status, {}, json.dumps(data).encode())


def good(**more: Any) -> Answered:
    return answered(200, **{"access_token": "new-access", "token_type": "Bearer", "expires_in": 3600, **more})


def test_a_good_answer_is_tokens() -> None:
    read = grants.read(good(refresh_token="new-refresh", scope="a b"), NOW)

    assert read == Tokens("new-access", "new-refresh", NOW, NOW + timedelta(hours=1), ("a", "b"))


def test_a_renewal_without_a_new_refresh_token_keeps_the_old_one_and_shows_that_the_provider_does_not_rotate() -> None:
    read = grants.read(good(), NOW, OLD)

    assert isinstance(read, Tokens)
    assert (read.refresh, read.rotates, read.scopes) == ("old-refresh", False, ("a", "b"))


@pytest.mark.parametrize(
    ("given", "seconds"), [("3600", 3600), (60.5, 60.5), ("soon", None), (-5, None), (0, None), (10**12, None), (None, None),
                           ([1], None), (float("nan"), None), (10**400, None)],
)  # fmt: skip
def test_a_life_that_is_none_says_nothing(given: Any, seconds: float | None) -> None:
    read = grants.read(good(expires_in=given), NOW)

    assert isinstance(read, Tokens)
    assert read.expires_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("result", "trouble"),
    [
        (NeverLeft("no name"), Trouble.LATER),
        (Lost("it broke"), Trouble.UNSURE),
        (answered(400, error="invalid_grant"), Trouble.SIGN_IN),
        (answered(400, error="invalid_scope"), Trouble.SIGN_IN),
        (answered(401, error="invalid_client"), Trouble.CLIENT),
        (answered(401), Trouble.CLIENT),
        (answered(400, error="unauthorized_client"), Trouble.CLIENT),
        (answered(400, error="something_of_theirs"), Trouble.CLIENT),
        (answered(429, error="slow_down"), Trouble.LATER),
        (answered(429), Trouble.LATER),
        (answered(503, error="temporarily_unavailable"), Trouble.LATER),
        (answered(503), Trouble.UNSURE),
        (answered(500, error="server_error"), Trouble.UNSURE),
        (answered(200, error="invalid_grant"), Trouble.SIGN_IN),  # some say no with 200
        (answered(200), Trouble.UNSURE),
        (answered(200, access_token=5), Trouble.UNSURE),
        (answered(200, access_token="two words"), Trouble.UNSURE),
        (answered(200, access_token="line\r\nbreak"), Trouble.UNSURE),
        (answered(200, access_token="x" * 20_000), Trouble.UNSURE),
        (answered(200, access_token="fine", token_type="mac"), Trouble.UNSURE),
        (Answered(200, {}, b"<html>Sign in</html>"), Trouble.UNSURE),
        (Answered(200, {}, b"[" * 100_000), Trouble.UNSURE),
        (Answered(200, {}, b'{"access_token": "fine"}', cut=True), Trouble.UNSURE),
        (Answered(404, {}, b"<html>"), Trouble.LATER),
        (Answered(302, {"location": "http://127.0.0.1/"}, b""), Trouble.LATER),
    ],
)
def test_every_other_answer_is_sorted_by_whether_it_can_have_happened(result: Exchange, trouble: Trouble) -> None:
    read = grants.read(result, NOW, OLD)

    assert isinstance(read, NoToken)
    assert read.trouble is trouble


def test_what_the_provider_says_is_told_without_the_token_it_repeats() -> None:
    grants.question(AUTH, AUTH.token_url, Client("id", "client-secret-1"), grants.refresh_form(OLD))

    read = grants.read(
        answered(400, error="invalid_grant", error_description="old-refresh of client-secret-1"), NOW, OLD
    )

    assert isinstance(read, NoToken)
    assert "invalid" not in read.said
    assert "old-refresh" not in read.said
    assert "client-secret-1" not in read.said


@pytest.mark.parametrize(
    ("life", "minutes_left", "renews"),
    [(60, 3, False), (60, 1.9, True), (60, -1, True), (1, 0.2, False), (1, 0.09, True)],
)
def test_a_token_is_renewed_two_minutes_or_a_tenth_of_its_life_before_its_end(
    life: float, minutes_left: float, renews: bool
) -> None:
    end = NOW + timedelta(minutes=minutes_left)

    assert Tokens("a", "r", end - timedelta(minutes=life), end).near_end(NOW) is renews


def test_what_cannot_be_renewed_is_used_up_to_its_end() -> None:
    assert not Tokens("a", "", NOW - timedelta(hours=1), NOW + timedelta(seconds=1)).near_end(NOW)


def test_a_token_without_an_end_is_renewed_when_it_is_refused_only() -> None:
    assert not Tokens("a", "r", NOW - timedelta(days=900)).near_end(NOW)


def test_scopes_that_steer_the_protocol_are_not_missed_and_silence_means_all() -> None:
    wanted = ("offline_access", "a", "B")

    assert grants.missing(wanted, Tokens("a", "r", NOW, scopes=("b", "A"))) == ()
    assert grants.missing(wanted, Tokens("a", "r", NOW, scopes=())) == ()
    assert grants.missing(wanted, Tokens("a", "r", NOW, scopes=("b",))) == ("a",)


def test_the_app_says_who_it_is_in_the_form_or_in_the_header() -> None:
    client = Client("my app", "s:ecret")

    post = grants.question(AUTH, AUTH.token_url, client, {"grant_type": "x"})
    basic = grants.question(
        OAuth2(AUTH.authorize_url, AUTH.token_url, client_auth="basic"), "u", client, {"grant_type": "x"}
    )

    assert post.content == b"grant_type=x&client_id=my+app&client_secret=s%3Aecret"
    assert basic.content == b"grant_type=x"
    assert dict(basic.headers)["Authorization"] == "Basic bXklMjBhcHA6cyUzQWVjcmV0"


@pytest.mark.parametrize("declared", [{"token_url": "http://v.example/token"}, {"parameters": (("state", "fixed"),)}])
def test_a_declaration_that_gives_secrets_away_is_refused(declared: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError):
        OAuth2(**{"authorize_url": "https://v.example/a", "token_url": "https://v.example/t", **declared})
