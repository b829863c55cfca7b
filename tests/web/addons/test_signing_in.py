"""Signing in at a vendor, in the browser: the way out, the way back, what goes wrong on it, and who may not have it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import transaction
from django.test import Client

from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.addons.models import Connection, OAuthGrant, OAuthState
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.db import clock
from hub.testing import faults
from hub.testing.faults import Fault
from hub.users.models import User
from tests.support.oauth_server import APP, Harbour, harbour_world, switch_on, visit
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world(settings: Any) -> Iterator[Harbour]:
    settings.HUB_PUBLIC_URL = "https://hub.acme.example"
    with harbour_world() as made:
        yield made


@pytest.fixture
def browser(world: Harbour, enter: Enter) -> Client:
    return enter(make_user(world.account, "admin", "grace"))


def at(world: Harbour, more: str = "", account: Account | None = None) -> str:
    return f"/a/{(account or world.account).pk}/add-ons/harbour{more}"


def press_sign_in(world: Harbour, browser: Client, account: Account | None = None) -> str:
    """The vendor's address that the browser is led to."""
    page = browser.post(at(world, "/sign-in", account))
    assert page.status_code == 200, page.content.decode()
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
    assert found is not None
    return html.unescape(found[1])


def text_of(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def nobody_signed_in(world: Harbour) -> bool:
    return not OAuthGrant.objects.exclude(tokens=None).exists()


# --- the way that goes well ---------------------------------------------------------------------------------------


def test_somebody_signs_in_and_the_connection_works(world: Harbour, browser: Client) -> None:
    address = press_sign_in(world, browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    answer = browser.get(visit(address), follow=True)

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/oauth/callback" or asked["redirect_uri"].endswith(
        "/oauth/callback"
    )
    assert answer.redirect_chain == [(at(world), 302)]
    said = text_of(answer)
    assert "Signed in to Harbour." in said
    assert "The connection to Harbour works." in said
    assert "Signed in by Grace" in said
    assert world.connection.health == Connection.Health.OK
    row = AuditRow.objects.get(verb="signed_in", object_kind="addon")
    assert row.data == {"scopes": ["berths.read", "bookings.write"]}


def test_no_token_and_no_code_is_on_any_page_in_any_log_or_in_any_row_as_it_is(
    world: Harbour, browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    answer = browser.get(visit(press_sign_in(world, browser)), follow=True)

    shown = answer.content.decode() + str(list(AuditRow.objects.values())) + caplog.text
    stored = str(OAuthGrant.objects.raw("select * from addons_oauthgrant")[0].__dict__)
    for secret in (*world.sign_ins.given, APP["client_secret"]):
        assert secret not in shown
        assert secret not in stored


def test_the_lists_that_need_a_sign_in_may_be_left_for_after_it(world: Harbour, enter: Enter) -> None:
    branch = make_account("Branch", world.account)
    with transaction.atomic():
        addons.enable(branch, "harbour", by=SYSTEM)
    browser = enter(make_user(branch, "admin"))

    first = browser.post(
        at(world, "/settings", branch), {"settings.client_id": "app-1", "settings.client_secret": "app-secret-7Q4711"}
    )
    answer = browser.get(visit(press_sign_in(world, browser, branch)), follow=True)

    assert first.status_code == 302
    assert "Choose what is still missing below, save, and test." in text_of(answer)
    berths = browser.post(at(world, "/lists/berth", branch)).content.decode()
    assert "North pier" in berths
    saved = browser.post(at(world, "/settings", branch), {"settings.client_id": "app-1", "settings.berth": "b2"})
    assert saved.status_code == 302
    assert Connection.objects.get(account=branch).complete


def test_the_form_has_no_field_for_the_token(world: Harbour, browser: Client) -> None:
    page = browser.get(at(world)).content.decode()

    assert "settings.client_secret" in page
    assert "settings.access_token" not in page


# --- what the vendor may say --------------------------------------------------------------------------------------


def test_a_no_at_the_vendor_signs_nobody_in(world: Harbour, browser: Client) -> None:
    answer = browser.get(visit(press_sign_in(world, browser), "deny"))

    assert answer.status_code == 400
    assert "Harbour says that you did not allow it. Nobody was signed in." in text_of(answer)
    assert nobody_signed_in(world)


def test_less_than_the_add_on_needs_signs_nobody_in(world: Harbour, browser: Client) -> None:
    answer = browser.get(visit(press_sign_in(world, browser), "less"))

    assert "bookings.write is missing. Nobody was signed in." in text_of(answer)
    assert nobody_signed_in(world)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("wrong app", 401, body=b'{"error": "invalid_client"}'), "Harbour refuses the app that signs in."),
        (Fault("used code", 400, body=b'{"error": "invalid_grant"}'), "Harbour did not accept the code it had given"),
        (faults.reset(), "Harbour was asked for a token, and no readable answer came."),
        (faults.status(503), "Harbour was asked for a token, and no readable answer came."),
        (faults.html(), "Harbour was asked for a token, and no readable answer came."),
        (Fault("huge", 200, body=b" " * 10_000_000), "Harbour was asked for a token, and no readable answer came."),
        (
            Fault("redirect", 302, headers={"Location": "http://169.254.169.254/"}),
            "Harbour could not be asked for a token.",
        ),
        (
            Fault("mac token", 200, body=b'{"access_token": "abcdefgh", "token_type": "mac"}'),
            "no readable answer came.",
        ),
        (Fault("header break", 200, body=b'{"access_token": "abc\\r\\nX-Evil: 1"}'), "no readable answer came."),
        (Fault("odd", 400, body=b'{"error": ["x"], "error_description": {"a": 1}}'), "Harbour could not be asked"),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
def test_whatever_the_token_endpoint_answers_is_told_in_a_sentence(
    world: Harbour, browser: Client, fault: Fault, words: str
) -> None:
    back = visit(press_sign_in(world, browser))
    world.sign_ins.fail(fault)

    answer = browser.get(back)

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert "Nobody was signed in." in text_of(answer)
    assert nobody_signed_in(world)


def test_a_vendor_that_is_inside_the_private_network_is_not_asked(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))
    object.__setattr__(world.outside.egress, "allowed", frozenset())

    answer = browser.get(back)

    assert "Harbour could not be asked for a token." in text_of(answer)
    assert world.sign_ins.alive == 0


def test_the_vendors_own_words_are_shown_as_words_and_without_secrets(world: Harbour, browser: Client) -> None:
    address = press_sign_in(world, browser)
    state = parse_qs(urlsplit(address).query)["state"][0]
    words = f"<script>alert(1)</script> {APP['client_secret']}"

    answer = browser.get("/oauth/callback?" + urlencode({"state": state, "error": "odd", "error_description": words}))

    assert answer.status_code == 400
    assert "<script>alert" not in answer.content.decode()
    assert APP["client_secret"] not in answer.content.decode()


# --- attacks ------------------------------------------------------------------------------------------------------


def test_a_state_is_good_once(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))
    browser.get(back)
    before = world.grant.version

    again = browser.get(back)

    assert "has been used already" in text_of(again)
    assert world.grant.version == before
    assert world.sign_ins.reused == 0  # the code was not even shown to the vendor a second time


def test_a_state_is_good_in_the_session_that_asked_only(world: Harbour, browser: Client, enter: Enter) -> None:
    """An attacker's callback in the victim's browser, and the other way round."""
    back = visit(press_sign_in(world, browser))
    other = enter(make_user(world.account, "admin", "mallory"))
    same_person_elsewhere = enter(User.objects.get(username="grace"))

    for stranger in (other, same_person_elsewhere):
        answer = stranger.get(back)
        assert answer.status_code == 400
        assert "was not begun in this browser session" in text_of(answer)
    assert nobody_signed_in(world)
    assert browser.get(back).status_code == 302  # and none of them has used it up


def test_whoever_has_no_session_any_more_is_told_so_and_the_code_is_not_kept(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))

    answer = Client().get(back)

    assert "Your session here ended" in text_of(answer)
    assert "code=" not in answer.content.decode()
    assert "next=" not in answer.headers.get("Location", "")


def test_a_state_for_one_account_signs_in_that_account_whatever_is_looked_at_meanwhile(
    world: Harbour, enter: Enter
) -> None:
    branch = make_account("Branch", world.account)
    with transaction.atomic():
        switch_on(branch)
    browser = enter(make_user(world.account, "admin", reach="subtree"))
    back = visit(press_sign_in(world, browser))
    browser.get(f"/a/{branch.pk}/add-ons")

    browser.get(back)

    assert OAuthGrant.objects.get().connection.account_id == world.account.pk


def test_a_state_of_another_add_on_does_not_sign_this_one_in(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))
    OAuthState.objects.update(addon="other")

    answer = browser.get(back)

    assert answer.status_code == 404
    assert nobody_signed_in(world)


@pytest.mark.parametrize("lost", ["addons.edit", "secrets.edit"])
def test_who_has_lost_the_permission_meanwhile_signs_nobody_in(world: Harbour, browser: Client, lost: str) -> None:
    back = visit(press_sign_in(world, browser))
    User.objects.get(username="grace").grants.update(withdrawn=[lost])

    answer = browser.get(back)

    assert answer.status_code == 403
    assert nobody_signed_in(world)


def test_ten_minutes_are_all_the_time_there_is(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))
    OAuthState.objects.update(ends_at=clock.real_now())

    answer = browser.get(back)

    assert "took longer than ten minutes" in text_of(answer)
    assert nobody_signed_in(world)


def test_a_code_from_elsewhere_does_not_fit_our_challenge(world: Harbour, browser: Client) -> None:
    """Code injection: the attacker's own code, with the victim's good state."""
    theirs = parse_qs(urlsplit(visit(press_sign_in(world, browser))).query)["code"][0]
    ours = parse_qs(urlsplit(press_sign_in(world, browser)).query)["state"][0]

    answer = browser.get("/oauth/callback?" + urlencode({"state": ours, "code": theirs}))

    assert "did not accept the code" in text_of(answer)
    assert nobody_signed_in(world)


def test_another_issuer_is_not_believed(world: Harbour, browser: Client) -> None:
    address = press_sign_in(world, browser)
    query = dict(pair.split("=", 1) for pair in visit(address).partition("?")[2].split("&"))

    answer = browser.get(
        "/oauth/callback?"
        + "&".join(f"{k}={v}" for k, v in query.items() if k != "iss")
        + "&iss=https%3A%2F%2Fevil.example"
    )

    assert "comes from somebody else than Harbour" in text_of(answer)
    assert nobody_signed_in(world)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=",
        "state=x",
        "state=x&code=y",
        "code=y",
        "error=access_denied",
        "state=a&state=b",
        "state=%00",
        "state=" + "x" * 9000,
    ],
)
def test_whatever_else_comes_back_is_no_error_of_ours_and_leads_nowhere(browser: Client, query: str) -> None:
    answer = browser.get(f"/oauth/callback?{query}")

    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_address_to_come_back_to_is_the_installations_own(world: Harbour, browser: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    page = browser.post(at(world, "/sign-in"), HTTP_HOST="evil.example").content.decode()

    address = html.unescape(re.findall(r'content="0;url=([^"]+)"', page)[0])
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == ["https://hub.acme.example/oauth/callback"]


def test_a_hub_that_does_not_know_its_address_sends_nobody_away(world: Harbour, browser: Client, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = ""
    settings.ALLOWED_HOSTS = ["*"]

    answer = browser.post(at(world, "/sign-in"), HTTP_HOST="evil.example")

    assert answer.status_code == 400
    assert "An operator sets HUB_PUBLIC_URL." in text_of(answer)


def test_on_ones_own_machine_no_public_address_is_needed(world: Harbour, browser: Client, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = ""

    page = browser.post(at(world, "/sign-in"), HTTP_HOST="127.0.0.1:8000").content.decode()

    address = html.unescape(re.findall(r'content="0;url=([^"]+)"', page)[0])
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == ["http://127.0.0.1:8000/oauth/callback"]


def test_who_may_not_enter_keys_may_not_sign_in_or_out(world: Harbour, enter: Enter) -> None:
    world.sign_in()
    browser = enter(make_user(world.account, "standard"))

    assert browser.post(at(world, "/sign-in")).status_code == 403
    assert browser.post(at(world, "/sign-out")).status_code == 403
    assert world.grant.tokens is not None


def test_another_app_saved_meanwhile_is_not_given_the_first_ones_code(world: Harbour, browser: Client) -> None:
    back = visit(press_sign_in(world, browser))
    with transaction.atomic():
        addons.save_settings(world.account, "harbour", {**APP, "client_id": "app-2", "berth": "b1"}, by=SYSTEM)

    browser.get(back)

    assert nobody_signed_in(world)


# --- signing out --------------------------------------------------------------------------------------------------


def test_signing_out_wipes_the_tokens_and_tells_the_vendor(world: Harbour, browser: Client) -> None:
    browser.get(visit(press_sign_in(world, browser)))

    asked = browser.get(at(world, "/sign-out"))
    answer = browser.post(at(world, "/sign-out"), follow=True)

    assert "Disconnect Harbour?" in text_of(asked)
    assert "has ended the sign-in on its side too" in text_of(answer)
    assert world.grant.tokens is None
    assert world.sign_ins.alive == 0
    assert world.connection.health == Connection.Health.NEEDS_SIGN_IN
    assert AuditRow.objects.filter(verb="signed_out", object_kind="addon").count() == 1


def test_signing_out_wipes_the_tokens_also_when_the_vendor_is_away(world: Harbour, browser: Client) -> None:
    browser.get(visit(press_sign_in(world, browser)))
    object.__setattr__(world.outside.egress, "allowed", frozenset())

    answer = browser.post(at(world, "/sign-out"), follow=True)

    assert "Harbour did not confirm it" in text_of(answer)
    assert world.grant.tokens is None


def test_another_client_id_needs_a_new_sign_in(world: Harbour, browser: Client) -> None:
    browser.get(visit(press_sign_in(world, browser)))

    with transaction.atomic():
        addons.save_settings(world.account, "harbour", {**APP, "client_id": "app-2", "berth": "b1"}, by=SYSTEM)

    assert world.connection.health == Connection.Health.NEEDS_SIGN_IN
