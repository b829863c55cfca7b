"""Mailboxes behind an API: Gmail's history and Microsoft's delta, asked every few seconds, over real sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hub_gmail.declaration import READ

from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import changes as sign_ins
from hub.audit.actor import SYSTEM
from hub.core.auth import OAuth2
from hub.db import clock
from hub.dispatch.grants import Tokens
from hub.mail.models import IncomingMail, Mailbox, SentMail
from hub.mail.reading import leasing
from hub.process import reading
from hub.testing.authorization import AuthorizationServer, Family
from tests.engine.world import MONDAY
from tests.mail.reading.letters import OURS, raw
from tests.support.google import CLIENT, PAGE, GoogleWorld, google_error, google_world
from tests.support.microsoft import APP, microsoft_world

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@gmail.com"


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 45
    while not holds():
        assert time.monotonic() < end, list(Mailbox.objects.values("cursor", "read_problem", "reader"))
        threading.Event().wait(0.03)


def signed_in(connection: Connection, server: AuthorizationServer, scopes: tuple[str, ...], app: str, who: str) -> None:
    """As if somebody had come back from the provider's page."""
    given = server._tokens(Family(scopes, app, who=who))
    now = clock.now()
    tokens = Tokens(given["access_token"], given["refresh_token"], now, now + timedelta(hours=1), scopes, rotates=False)
    with transaction.atomic():
        sign_ins.sign_in(connection, tokens, by=SYSTEM, account_name=who)


def mailbox_of(account: Any, connection: Connection, mailer: str, address: str) -> Mailbox:
    """Read, and with a mail of ours to be answered."""
    box = Mailbox.objects.create(
        account=account, connection=connection, mailer=mailer, address=address, enabled=True, read_mail=True,
        changed_at=clock.now(),
    )  # fmt: skip
    SentMail.objects.create(
        account=account, mailbox=box, contact_id=7, message_id=OURS, to="bea@y.test", subject="Welcome",
        sent_at=clock.now() - timedelta(days=1), thread="t-77",
    )  # fmt: skip
    return box


def answer(number: int) -> bytes:
    return raw(f"Yes {number}.", id_=f"<answer-{number}@y.test>", In_Reply_To=OURS)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.mail.reading.watching.POLL_SECONDS", 0.1)
    monkeypatch.setattr("hub.mail.reading.pauses.FIRST", 0.1)


def gmail(world: GoogleWorld) -> None:
    auth = world.google.info.auth
    assert isinstance(auth, OAuth2)
    scopes = tuple(dict.fromkeys((*auth.scopes, READ)))
    signed_in(world.connection, world.google.authorization, scopes, CLIENT[0], ADA)
    mailbox_of(world.account, world.connection, "gmail.mail", ADA)


@pytest.mark.usefixtures("quick")
def test_chatwoot_5724_gmail_brings_answers_and_an_hourly_end_of_its_token_is_no_error(settings: Any) -> None:
    with google_world(settings) as world:
        gmail(world)
        box = world.google.box(ADA)
        box.arrives(answer(0))
        part = reading.reading(world.world.worker.no, look_seconds=0.1)
        part.start()
        try:
            until(lambda: Mailbox.objects.get().cursor)
            box.arrives(answer(1))
            until(lambda: IncomingMail.objects.count() == 1)

            world.world.clock.advance(minutes=40)
            world.google.authorization.end_tokens()
            world.google.fail(google_error(503, "backendError", "Backend Error"))
            box.arrives(raw("Yes 2.", id_="<2@y.test>"), thread="t-77")
            until(lambda: IncomingMail.objects.count() == 2)
        finally:
            assert part.stop(60)

    first, second = IncomingMail.objects.order_by("pk")
    assert (first.text, first.matched_by) == ("Yes 1.", "in_reply_to")
    assert second.matched_by == "thread"
    row = Mailbox.objects.get()
    assert (row.read_problem, row.cursors_reset) == ("", 0)


@pytest.mark.usefixtures("quick")
def test_a_full_look_of_many_pages_is_one_look_and_no_server_that_numbers_anew_again_and_again(settings: Any) -> None:
    """Google forgot the history while the hub was away, and more letters came than five pages hold."""
    with google_world(settings) as world:
        gmail(world)
        box = world.google.box(ADA)
        Mailbox.objects.update(cursor={"token": str(box.number)})
        for number in range(PAGE * (leasing.MOST_RESETS + 1)):
            box.arrives(answer(number))
        box.forgotten = box.number
        part = reading.reading(world.world.worker.no, look_seconds=0.1)
        part.start()
        try:
            until(lambda: Mailbox.objects.get().cursor == {"token": str(box.number)})
            box.arrives(raw("And one more.", id_="<more@y.test>", In_Reply_To=OURS))
            until(lambda: IncomingMail.objects.filter(message_id="<more@y.test>").exists())
        finally:
            assert part.stop(60)

    assert IncomingMail.objects.count() == PAGE * (leasing.MOST_RESETS + 1) + 1
    assert Mailbox.objects.get().read_problem == ""


@pytest.mark.usefixtures("quick")
def test_twenty_16236_a_sign_in_that_was_taken_back_says_so_and_is_not_shown_as_working(settings: Any) -> None:
    with google_world(settings) as world:
        gmail(world)
        world.google.authorization.end_sign_ins()
        world.google.authorization.end_tokens()
        part = reading.reading(world.world.worker.no, look_seconds=0.1)
        part.start()
        try:
            until(lambda: Mailbox.objects.get().read_problem)
        finally:
            assert part.stop(60)

    assert Mailbox.objects.get().read_at is None
    assert OAuthGrant.objects.get().state == "refused"


@pytest.mark.usefixtures("quick")
def test_outlook_brings_an_answer_by_delta(settings: Any) -> None:
    with microsoft_world() as world:
        auth = world.microsoft.info.auth
        assert isinstance(auth, OAuth2)
        signed_in(world.connection, world.entra, tuple(auth.scopes), APP[0], "ada@contoso.example")
        mailbox_of(world.account, world.connection, "outlook.mail", "ada@contoso.example")
        part = reading.reading(1, look_seconds=0.1)
        part.start()
        try:
            until(lambda: Mailbox.objects.get().cursor)
            world.arrives("m1", answer(1).decode())
            until(lambda: IncomingMail.objects.count() == 1)
        finally:
            assert part.stop(60)

    assert IncomingMail.objects.get().text == "Yes 1."
    assert clock.now() >= MONDAY
