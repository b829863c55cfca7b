"""What Microsoft's token endpoint says, by its AADSTS numbers: whose fault it is, and who acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_outlook import addon

from hub.core.auth import OAuth2
from hub.core.errors import DeclarationError
from hub.dispatch import grant_moves, grants
from hub.dispatch.exchange import Answered
from hub.dispatch.gate import Do, Gate
from hub.dispatch.grant_moves import Grant, State
from hub.dispatch.grants import NoToken, Tokens, Trouble
from hub.testing.kit import Kit
from tests.support.microsoft import AADSTS, Entra, Microsoft

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def entra() -> Entra:
    auth = addon.hub_addon().auth
    assert isinstance(auth, OAuth2)
    return Entra(auth, lambda: NOW)


def signed_in(entra: Entra) -> Tokens:
    return asked(entra, entra._tokens(grants_family(entra)))


def grants_family(entra: Entra) -> Any:
    from hub.testing.authorization import Family

    return Family(entra.auth.scopes, "app")


def asked(entra: Entra, answer: dict[str, Any]) -> Tokens:
    import json

    found = grants.read(Answered(200, {}, json.dumps(answer).encode()), NOW)
    assert isinstance(found, Tokens)
    return found


def renewed(entra: Entra, tokens: Tokens) -> Tokens | NoToken:
    """As the hub asks for new tokens."""
    form = {**grants.refresh_form(tokens), "client_id": "app", "client_secret": "s"}
    reply = entra._token(form, {})
    return grants.read(Answered(reply.status, reply.headers, reply.body), NOW, tokens)


@pytest.mark.parametrize("number", [70008, 700082, 50173, 50076, 50158, 70000, 65001])
def test_a_grant_that_is_over_is_for_the_user_to_mend(entra: Entra, number: int) -> None:
    """Refused after exactly ninety days, and nobody knew what to do (osTicket #6299, #6455)."""
    tokens = signed_in(entra)
    entra.says.append(number)

    no = renewed(entra, tokens)

    assert isinstance(no, NoToken)
    assert no.trouble is Trouble.SIGN_IN
    gate, after = fails(tokens, no)
    assert after.state is State.REFUSED
    assert f"AADSTS{number}" in gate.sentence
    assert "signs in again" in gate.sentence


@pytest.mark.parametrize("number", [7000222, 7000215, 700016])
def test_an_app_that_is_refused_is_not_for_the_user_to_mend(entra: Entra, number: int) -> None:
    """A secret of ours that has ended sends nobody to sign in again."""
    tokens = signed_in(entra)
    entra.says.append(number)

    no = renewed(entra, tokens)

    assert isinstance(no, NoToken)
    assert no.trouble is Trouble.CLIENT
    gate, after = fails(tokens, no)
    assert after.state is State.CLIENT
    assert after.tokens == tokens
    assert "signs in again" not in gate.sentence


def test_where_the_app_is_the_installation_s_own_an_operator_is_told(entra: Entra) -> None:
    """The whole question as it is asked in production, of a form that has no field for an app."""
    with Kit(addon, vendor=Microsoft(addon.hub_addon(), lambda: NOW)) as hub:
        hub.sign_in()
        assert isinstance(hub.vendor, Microsoft)
        hub.vendor.entra.says.append(7000222)
        hub.clock.advance(hours=2)

        run = hub.run("outlook.mail", subject="Hello", text="Hi")

        assert run.state == "held"
        assert "AADSTS7000222" in run.sentence
        assert "an operator corrects HUB_OAUTH_CLIENTS" in run.sentence
        assert "Nobody has to sign in again" in run.sentence


def test_a_scope_without_its_address_is_the_same_right(entra: Entra) -> None:
    """Microsoft writes what it granted sometimes with Graph's address and sometimes without."""
    tokens = asked(entra, {"access_token": "a", "refresh_token": "r", "scope": "Mail.Send User.Read openid"})

    assert grants.missing(entra.auth.scopes, tokens) == ("https://graph.microsoft.com/Mail.Read",)


def test_a_token_endpoint_that_is_down_is_nobody_s_fault(entra: Entra) -> None:
    """A rate-limited or unreachable token endpoint was reported as bad credentials (EmailEngine's change log)."""
    tokens = signed_in(entra)
    entra.says.append(90033)

    no = renewed(entra, tokens)

    assert isinstance(no, NoToken)
    assert fails(tokens, no)[0].do is Do.WAIT


def test_every_refresh_gives_another_refresh_token_and_the_old_one_goes_on_working(entra: Entra) -> None:
    """Parallel refreshes lost the rotated token (EmailEngine's change log): the newest is kept, and nothing ends."""
    first = signed_in(entra)

    second = renewed(entra, first)
    again = renewed(entra, first)

    assert isinstance(second, Tokens)
    assert isinstance(again, Tokens)
    assert len({first.refresh, second.refresh, again.refresh}) == 3
    assert entra.reused == 0


def test_scopes_come_back_without_offline_access_and_nothing_is_missing(entra: Entra) -> None:
    tokens = signed_in(entra)

    assert "offline_access" not in tokens.scopes
    assert grants.missing(entra.auth.scopes, tokens) == ()


def test_words_of_approval_without_a_page_for_it_are_refused_at_once(entra: Entra) -> None:
    with pytest.raises(DeclarationError, match="belong together"):
        replace(entra.auth, approval_url="")


def test_every_number_of_the_facts_is_played() -> None:
    assert {70008, 700082, 50173, 50076, 50158, 70000, 7000222, 7000215, 700016} <= set(AADSTS)


def fails(tokens: Tokens, no: NoToken) -> tuple[Gate, Grant]:
    return grant_moves.fail(Grant(State.RENEWING, 1, tokens), 1, no, NOW, "Outlook")
