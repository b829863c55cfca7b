"""A letter that a mail program writes when its reader presses *unsubscribe*: at once, once, and for whom its token was signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction

from hub.history.models import Note
from hub.mail.models import IncomingMail, Mailbox, Suppression
from hub.mail.reading import keeping
from hub.mail.reading.keeping import Kept
from hub.mail.suppressing import changes as suppressing
from hub.mail.suppressing import reads as suppressed
from hub.mail.unsubscribing import links
from hub.notifications.models import Notification
from hub.plans.models import Enrollment
from tests.mail.reading.letters import letter, raw
from tests.mail.room.office import Office, make_office
from tests.support.people import actor_of, make_account

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"


@pytest.fixture
def office() -> Iterator[Office]:
    with make_office() as made:
        yield made


def ways(office: Office, **mailbox: Any) -> tuple[str, str]:
    """What ``List-Unsubscribe`` and ``List-Unsubscribe-Post`` say in a marketing mail."""
    office.mailbox(**{"read_mail": True, "read_at": office.world.clock.now(), **mailbox})
    office.after(office.enroll(ADA))
    mail = office.mail.outbox[0].parsed
    return str(mail["List-Unsubscribe"] or ""), str(mail["List-Unsubscribe-Post"] or "")


def subject_of(way: str) -> str:
    return parse_qs(urlsplit(way.rpartition("<")[2].rstrip(">")).query)["subject"][0]


def arrives(office: Office, subject: str, id_: str = "<out-1@example.com>", mailbox: Mailbox | None = None) -> Kept:
    content = raw("", sender="Postbot <bot@gmail.test>", subject=subject, id_=id_)
    with transaction.atomic():
        return keeping.keep(mailbox or Mailbox.objects.get(), letter(content), office.world.clock.now())


def test_a_mailbox_that_is_read_offers_a_letter_beside_the_link(office: Office, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.test"

    way, post = ways(office)

    link, mailto = way.split(", ")
    assert link.startswith("<https://hub.test/mail/stop/")
    assert mailto.startswith("<mailto:office@icloud.com?subject=unsubscribe%20")
    assert post == "List-Unsubscribe=One-Click"


def test_without_a_public_address_the_letter_is_the_way_and_no_click_is_promised(office: Office) -> None:
    way, post = ways(office)

    assert way.startswith("<mailto:")
    assert post == ""


@pytest.mark.parametrize(
    "mailbox", [{"read_mail": False}, {"read_at": None}, {"read_problem": "The mail server does not answer."}]
)
def test_a_mailbox_that_nobody_reads_offers_none(office: Office, mailbox: dict[str, Any]) -> None:
    assert ways(office, **mailbox) == ("", "")


def test_the_letter_takes_effect_at_once_and_is_nobody_s_answer(office: Office) -> None:
    subject = subject_of(ways(office)[0])

    assert arrives(office, subject) is Kept.WAY_OUT

    entry = Suppression.objects.get()
    assert (entry.address, entry.why) == (ADA, "unsubscribed")
    assert Note.objects.filter(contact_id=entry.contact_id, kind="contact.consent").count() == 1
    assert not Note.objects.filter(kind__startswith="mail.").exists()
    assert not Notification.objects.filter(kind="mail.received").exists()
    second = office.after(office.enroll(ADA))
    assert (second.state, len(office.mail.outbox)) == ("skipped", 1)


@pytest.mark.parametrize("tag", ["[EXTERNAL] ", "[EXT]", "EXTERNAL: ", "*** External e-mail *** "])
def test_the_letter_takes_effect_where_the_gateway_of_our_own_side_marks_what_comes_from_outside(
    office: Office, tag: str
) -> None:
    subject = subject_of(ways(office)[0])

    assert arrives(office, f"{tag}{subject}") is Kept.WAY_OUT
    assert Suppression.objects.get().address == ADA


def test_a_letter_that_is_read_again_takes_nobody_off_who_was_let_back_in(office: Office) -> None:
    subject = subject_of(ways(office)[0])
    arrives(office, subject)
    entry = suppressed.of(office.world.account, ADA)
    assert entry is not None
    with transaction.atomic():
        suppressing.take_away(office.world.account, entry.pk, by=actor_of(office.person("Bea")))

    assert arrives(office, subject) is Kept.KNOWN
    assert not Suppression.objects.exists()
    assert arrives(office, subject, "<out-2@example.com>") is Kept.WAY_OUT
    assert Suppression.objects.count() == IncomingMail.objects.count() - 1 == 1


@pytest.mark.parametrize("change", [str.upper, lambda subject: subject[:-1], lambda subject: f"Fwd: {subject}"])
def test_a_token_that_is_made_up_or_cut_is_a_stranger_s_letter(office: Office, change: Any) -> None:
    subject = subject_of(ways(office)[0])

    assert arrives(office, change(subject)) is Kept.STRANGER
    assert not Suppression.objects.exists()


def test_another_account_s_token_does_nothing_here(office: Office) -> None:
    subject = subject_of(ways(office)[0])
    other = Mailbox.objects.create(
        account=make_account("Elsewhere"), address="x@south.test", changed_at=office.world.clock.now()
    )

    assert arrives(office, subject, mailbox=other) is Kept.STRANGER
    assert Enrollment.objects.filter(state="running").count() == 0
    assert not Suppression.objects.exists()


def test_an_address_that_a_header_cannot_hold_gets_no_letter() -> None:
    assert links.mailto("büro@hub.test", 1, 2) == ""
    assert links.mailto("a+b?c&d@hub.test", 1, 2).startswith("mailto:a%2Bb%3Fc%26d@hub.test?subject=unsubscribe%20")
