"""Gmail against a Google on loopback: the sign-in as people see it, and the whole journey of a mailbox."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from hub.addons import asking
from hub.addons.models import OAuthGrant
from hub.addons.oauth import reads
from hub.core import Cursor, Letters
from hub.notifications.models import Notification
from hub.testing import faults
from hub.users.models import User
from tests.support.google import CUT_AFTER, GoogleWorld, google_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world(settings: Any) -> Iterator[GoogleWorld]:
    with google_world(settings) as made:
        yield made


@pytest.fixture
def browser(world: GoogleWorld, enter: Enter) -> Client:
    return enter(make_user(world.account, "admin", "grace"))


def text_of(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def nobody_signed_in() -> bool:
    return not OAuthGrant.objects.exclude(tokens=None).exists()


# --- signing in ---------------------------------------------------------------------------------------------------


def test_somebody_signs_in_and_reads_the_sentence_they_know(world: GoogleWorld, browser: Client) -> None:
    said = text_of(world.signs_in(browser))

    assert "Success: Congratulations, token for your gmail is generated successfully." in said
    assert "Signed in as ada@gmail.com by Grace" in said
    assert "The connection to Gmail works." in said
    assert not reads.allows(world.connection, "read")


def test_google_is_asked_for_sending_alone_and_for_a_sign_in_that_lasts(world: GoogleWorld, browser: Client) -> None:
    out = html.unescape(browser.post(world.at("/sign-in")).content.decode())

    assert "gmail.send" in out
    assert "gmail.readonly" not in out
    assert all(part in out for part in ("access_type=offline", "prompt=consent", "login_hint=ada%40gmail.com", "S256"))


def test_another_account_than_the_typed_one_is_told_and_nothing_is_kept(world: GoogleWorld, browser: Client) -> None:
    said = text_of(world.signs_in(browser, who="eve@gmail.com"))

    assert "You signed in to Gmail as eve@gmail.com, and the form here says ada@gmail.com. Nothing was kept." in said
    assert nobody_signed_in()

    world.signs_in(browser, who="Ada@Gmail.com")  # and then with the right one
    assert not nobody_signed_in()


def test_an_id_token_for_another_app_says_nothing(world: GoogleWorld, browser: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(world.google.authorization, "_issuer", lambda: "https://accounts.google.com.evil.example")

    answer = world.signs_in(browser)

    assert answer.status_code == 400
    assert nobody_signed_in()


def test_without_an_address_nobody_is_sent_anywhere(settings: Any, enter: Enter) -> None:
    with google_world(settings, address="") as world:
        browser = enter(make_user(world.account, "admin", "grace"))

        page, out = text_of(browser.get(world.at())), browser.post(world.at("/sign-in"))

    assert "Fill in E-mail address below and save; then sign in with that account." in page
    assert out.status_code == 302


def test_sending_that_was_unticked_signs_nobody_in_and_says_what_is_missing(
    world: GoogleWorld, browser: Client
) -> None:
    """Granular consent: https://www.googleapis.com/auth/gmail.send is the last box of the page."""
    said = text_of(world.signs_in(browser, decision="less"))

    assert (
        "Gmail was allowed less than the add-on needs: https://www.googleapis.com/auth/gmail.send is missing." in said
    )
    assert nobody_signed_in()


def test_reading_is_a_second_question_and_may_be_left_out(world: GoogleWorld, browser: Client) -> None:
    world.signs_in(browser)

    said = text_of(world.signs_in(browser, consent="read", decision="less"))

    assert "Gmail was not allowed: Read the answers. Everything else works." in said
    assert reads.standing(world.connection).signed_in
    assert not reads.allows(world.connection, "read")


def test_reading_once_allowed_stays_allowed_for_whoever_signs_in_again(world: GoogleWorld, browser: Client) -> None:
    world.signs_in(browser)
    world.signs_in(browser, consent="read")
    assert reads.allows(world.connection, "read")

    said = text_of(world.signs_in(browser))

    assert reads.allows(world.connection, "read")
    assert "ada@gmail.com, sending and reading" in text_of(browser.post(world.at("/test"))), said


def test_an_address_that_is_changed_afterwards_sends_nothing_in_the_other_one_s_name(
    world: GoogleWorld, browser: Client
) -> None:
    world.signs_in(browser)

    browser.post(world.at("/settings"), {"settings.address": "office@gmail.com"})

    (run,) = world.world.enroll(1, email="bea@example.com")
    assert world.after(run) == "held"
    assert "E-mail address was changed after somebody signed in to Gmail." in world.connection.health_note
    assert not world.google.box("ada@gmail.com").sent


# --- the journey --------------------------------------------------------------------------------------------------


def pages_of(world: GoogleWorld, cursor: Cursor | None) -> list[Letters]:
    """Read the mailbox as the host will."""
    info = asking.info_of(world.connection)
    assert info is not None

    async def read(vendor: Any) -> list[Letters]:
        assert info.mailers[0].read is not None
        return [page async for page in info.mailers[0].read(vendor, cursor)]

    pages = asking.ask(world.connection, info, read)
    assert isinstance(pages, list), pages
    return pages


def test_the_journey_of_a_mailbox(world: GoogleWorld, browser: Client, enter: Enter) -> None:
    box = world.google.box("ada@gmail.com")
    box.arrives(b"Message-ID: <old@y.test>\r\n\r\nlong ago\r\n")

    # Ada signs in, allows reading, and sends herself a mail.
    world.signs_in(browser)
    world.signs_in(browser, consent="read")
    said = text_of(browser.post(world.at("/test-mail"), follow=True))
    assert "A test mail went out to ada@gmail.com, with ada@gmail.com as its sender." in said
    assert b'From: "Ada, Engines Ltd" <ada@gmail.com>' in box.sent[0].raw

    # A plan sends a mail. Gmail takes it, and its answer is lost: it is looked up in Sent and not sent again.
    start = pages_of(world, None)
    assert [page.letters for page in start] == [()]
    (run,) = world.world.enroll(1, email="bea@example.com")
    world.google.fail(CUT_AFTER)
    assert world.after(run) == "unknown"
    assert world.after(run, minutes=3) == "done"
    assert [one.message_id.partition("@")[2] for one in box.sent] == ["gmail.com"] * 2

    # Bea answers, in the same conversation. After an hour the token has ended, and nobody notices.
    reply = (
        f"From: bea@example.com\r\nIn-Reply-To: <{box.sent[1].message_id}>\r\nMessage-ID: <re@y.test>\r\n\r\nYes!\r\n"
    )
    box.arrives(reply.encode(), box.sent[1].thread)
    world.world.clock.advance(hours=2)
    (page,) = pages_of(world, start[-1].cursor)
    (letter,) = page.letters
    assert (letter.raw, letter.thread) == (reply.encode(), box.sent[1].thread)
    assert world.google.authorization.renewed == 1
    assert pages_of(world, page.cursor)[-1].letters == ()

    # Ada disconnects: nothing is kept, Google has ended it, and steps wait.
    later = enter(User.objects.get(username="grace"))  # her session here ended long ago
    said = text_of(later.post(world.at("/sign-out"), follow=True))
    assert "Signed out of Gmail, which has ended the sign-in on its side too." in said
    assert nobody_signed_in()
    assert world.google.authorization.alive == 1, "the first of her two sign-ins; Google itself ends both"
    (other,) = world.world.enroll(1, email="cy@example.com")
    assert world.after(other) == "held"
    assert len(box.sent) == 2


# --- what users of others reported --------------------------------------------------------------------------------


def an_hour_later(world: GoogleWorld) -> Any:
    """A step becomes due when the access token has ended."""
    world.world.clock.advance(hours=2)
    (run,) = world.world.enroll(1, email="bea@example.com")
    return run


def test_osticket_6299_a_refresh_that_is_refused_is_told_at_once_and_steps_wait(
    world: GoogleWorld, browser: Client
) -> None:
    """There nobody was told for ten days. And as in itop 224: the refused token is not tried again and again."""
    world.signs_in(browser)
    world.google.authorization.end_sign_ins()  # access taken away at Google, or a changed password
    run = an_hour_later(world)

    assert world.after(run) == "held"
    assert world.after(run, hours=5) == "held"

    assert world.connection.health == "needs_sign_in"
    assert "Gmail no longer accepts this account's sign-in" in world.connection.health_note
    assert [row.kind for row in Notification.objects.filter(kind="addon.needs_sign_in")] == ["addon.needs_sign_in"]
    assert not world.google.box("ada@gmail.com").sent

    assert world.google.authorization.renewed == 0


def test_emailengine_a_token_endpoint_that_is_away_is_nobody_s_wrong_password(
    world: GoogleWorld, browser: Client
) -> None:
    world.signs_in(browser)
    world.google.authorization.fail(faults.too_many("90"), faults.status(503))
    run = an_hour_later(world)

    assert world.after(run) == "scheduled"
    assert world.connection.health != "needs_sign_in"
    world.after(run, minutes=30)
    assert world.after(run, minutes=30) == "done"


def test_twenty_16236_a_mailbox_that_stopped_does_not_look_well(
    world: GoogleWorld, browser: Client, enter: Enter
) -> None:
    """There it said *Synced* and nothing came. Here the page says what is wrong and who acts."""
    world.signs_in(browser)
    world.google.authorization.end_sign_ins()
    world.after(an_hour_later(world))

    said = text_of(enter(User.objects.get(username="grace")).get(world.at()))

    assert "waits for somebody to sign in" in said
    assert "Sign in again" in said or "Sign in with Gmail" in said
