"""A mailbox from the first sign-in to the last word, by each way in which one is reached, over real sockets.

Gmail's API, Microsoft Graph, Microsoft's mail servers with its token, and any server with a password: the same story of each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from django.test import Client

from hub.addons.models import Connection, OAuthGrant
from hub.contacts.models import Contact
from hub.history.models import Note
from hub.mail.models import IncomingMail, Mailbox, SentMail, Suppression
from hub.plans.models import Enrollment
from hub.process import reading
from tests.mail.conftest import Lab
from tests.mail.reading.letters import raw, returned
from tests.support.mail_ways import LONG, Way, Ways, every_way
from tests.support.mailboxes import shown
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

ANSWERED = "The contact answered by e-mail."
CAME_BACK = "An e-mail of this plan came back: it cannot be delivered."


@pytest.fixture
def ways(settings: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr("hub.mail.reading.watching.POLL_SECONDS", 0.1)
    with every_way(settings, lab) as made:
        yield made


@pytest.fixture
def browser(ways: Ways) -> Client:
    browser = Client()
    assert browser.post("/sign-in", {"username": ways.ada.username, "password": PASSWORD}).status_code == 302
    return browser


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 45
    while not holds():
        told = list(Mailbox.objects.values("cursor", "read_problem", "reader")), list(IncomingMail.objects.values())
        assert time.monotonic() < end, told
        threading.Event().wait(0.03)


@contextmanager
def being_read(ways: Ways) -> Iterator[None]:
    """A process reads, and its first look is over."""
    part = reading.reading(ways.world.worker.no, look_seconds=0.1)
    part.start()
    try:
        until(lambda: Mailbox.objects.get().cursor)
        yield
    finally:
        assert part.stop(60)


def welcomed(ways: Ways, name: str) -> tuple[Contact, SentMail]:
    """A new contact to whom the plan has written."""
    (first, *_later) = ways.world.enroll(1, email=f"{name}@y.test", email_key=f"{name}@y.test")
    assert ways.after(first, seconds=1) == "done", (first.hold_reason, first.hold_detail)
    return Contact.objects.get(pk=first.contact_id), SentMail.objects.get(run_id=first.pk)


def plan_of(contact: Contact) -> tuple[str, str]:
    enrollment = Enrollment.objects.get(contact_id=contact.pk)
    return str(enrollment.state), str(enrollment.end_reason)


@pytest.mark.parametrize("addon", ["gmail", "outlook", "outlook_smtp", "smtp_custom"])
def test_sign_in_test_mail_plan_reply_bounce_automatic_answer_and_disconnect(
    ways: Ways, browser: Client, addon: str
) -> None:
    way = ways.way(addon)
    at = ways.desk().at

    signed_in = way.signs_in(browser)
    tested = browser.post(at("test-mail"), follow=True)

    assert Mailbox.objects.get().address == way.address, shown(signed_in)
    assert Mailbox.objects.get().read_mail
    assert f"A test mail went out to {way.address}." in shown(tested)
    (test,) = way.sent()
    assert way.address in str(message_from_bytes(test)["From"])

    bea, to_bea = welcomed(ways, "bea")
    cid, to_cid = welcomed(ways, "cid")
    dan, to_dan = welcomed(ways, "dan")

    assert [str(message_from_bytes(one)["To"]) for one in way.sent()[1:]] == ["bea@y.test", "cid@y.test", "dan@y.test"]
    assert {plan_of(one) for one in (bea, cid, dan)} == {("running", "")}

    with being_read(ways):
        way.arrives(raw("Yes.", sender="bea@y.test", id_="<1@y.test>", In_Reply_To=to_bea.message_id))
        way.arrives(returned(("cid@y.test", "failed", "5.1.1", "550 5.1.1 nobody"), id_=to_cid.message_id))
        way.arrives(
            raw("I am away.", sender="dan@y.test", id_="<2@y.test>", In_Reply_To=to_dan.message_id,
                Auto_Submitted="auto-replied")
        )  # fmt: skip
        until(lambda: IncomingMail.objects.count() == 3)

    assert plan_of(bea) == ("stopped", ANSWERED)
    assert plan_of(cid) == ("stopped", CAME_BACK)
    assert plan_of(dan) == ("running", "")
    assert Suppression.objects.get().address == "cid@y.test"
    kinds = {contact.pk: kind for contact, kind in ((bea, "mail.received"), (cid, "mail.bounced"), (dan, "mail.auto"))}
    assert dict(Note.objects.filter(kind__in=kinds.values()).values_list("contact_id", "kind")) == kinds
    _is_gone(ways, way, browser)


def _is_gone(ways: Ways, way: Way, browser: Client) -> None:
    """*Disconnect* wipes what was kept, and ends the sign-in where the provider knows how."""
    browser.post(ways.desk().at("disconnect"), follow=True)

    box = Mailbox.objects.get()
    assert (box.connection, box.address, box.read_mail) == (None, "", False)
    rows = [(row.settings, row.secrets) for row in Connection.objects.filter(addon=way.addon, user=ways.ada)]
    assert all(not settings and not secrets for settings, secrets in rows)
    assert not OAuthGrant.objects.filter(tokens__isnull=False).exists()
    if way.addon == "gmail":
        assert ways.google.authorization.alive == 0
    (run, *_later) = ways.world.enroll(1, email="eve@y.test", email_key="eve@y.test")
    assert ways.after(run, seconds=1) == "held"


def test_an_answer_without_any_id_is_known_by_the_conversation_from_the_first(ways: Ways, browser: Client) -> None:
    """Gmail tells the conversation when it takes a mail; the letter bears the same."""
    way = ways.way("gmail")
    way.signs_in(browser)
    bea, to_bea = welcomed(ways, "bea")
    (sent,) = ways.google.box(way.address).sent

    with being_read(ways):
        ways.google.box(way.address).arrives(raw("Yes.", id_="<1@y.test>", subject="Else"), thread=sent.thread)
        until(lambda: IncomingMail.objects.count() == 1)

    assert to_bea.thread == sent.thread
    assert IncomingMail.objects.get().matched_by == "thread"
    assert plan_of(bea) == ("stopped", ANSWERED)


def test_graph_tells_the_conversation_of_what_was_sent_when_a_letter_comes(ways: Ways, browser: Client) -> None:
    from hub_outlook import simulation

    way = ways.way("outlook")
    way.signs_in(browser)
    bea, to_bea = welcomed(ways, "bea")
    letter = raw("Yes.", id_="<1@y.test>", subject="Else")

    with being_read(ways):
        simulation.arrives(ways.microsoft, letter, ways.world.clock.now(), answers=to_bea.message_id)
        until(lambda: IncomingMail.objects.count() == 1)

    assert IncomingMail.objects.get().matched_by == "thread"
    assert SentMail.objects.get(pk=to_bea.pk).thread == simulation.conversation_of(to_bea.message_id)
    assert plan_of(bea) == ("stopped", ANSWERED)


def test_fluent_smtp_92_what_graph_does_not_take_in_one_piece_goes_as_a_link(ways: Ways, browser: Client) -> None:
    from hub.audit.actor import SYSTEM
    from hub.mail.files import changes

    way = ways.way("outlook")
    way.signs_in(browser)
    large = changes.add(ways.world.account, "Prices.txt", b"price list " * 350_000, by=SYSTEM)
    ways.plan(files=[str(large.uid)])

    welcomed(ways, "bea")

    (mail,) = way.sent()
    assert len(mail) < 100_000
    assert "Prices.txt (3.9 MB): https://hub.acme.example/mail/file/" in _text(mail)


def _text(mail: bytes) -> str:
    part = message_from_bytes(mail, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_tokens_of_three_thousand_characters_open_both_of_microsofts_servers(ways: Ways, browser: Client) -> None:
    way = ways.way("outlook_smtp")

    answer = way.signs_in(browser)

    assert "Outlook is connected." in shown(answer)
    assert "OLD" not in shown(answer), (
        "it is reached by the servers that Graph came in the place of, and is no older way"
    )
    assert all(len(token) == LONG for token in ways.exchange.entra._access)
    assert "A test mail went out to ada@crm.test." in shown(browser.post(ways.desk().at("test-mail"), follow=True))
    assert len(way.sent()) == len(ways.lab.dovecot.sent()) == 1, "Exchange files it, so the hub does not"


def test_an_hourly_end_of_microsofts_token_is_renewed_at_its_mail_servers_too(ways: Ways, browser: Client) -> None:
    way = ways.way("outlook_smtp")
    way.signs_in(browser)
    for token in ways.exchange.entra._access:
        del ways.lab.tokens.users[token]
    ways.exchange.entra.end_tokens()
    ways.world.clock.advance(minutes=40)
    (first, *_later) = ways.world.enroll(1, email="bea@y.test", email_key="bea@y.test")

    stood = [ways.after(first, seconds=1), ways.after(first, minutes=2)]

    assert stood == ["scheduled", "done"]
    assert ways.exchange.entra.renewed == 1
    assert len(way.sent()) == 1
