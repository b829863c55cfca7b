"""What users of other systems reported of answers, machines and bounces: each of these is named after its report.

``docs/mail-failures.md`` lists all of them, and where the others are held.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from hub.contacts.models import Contact
from hub.core.facts import Contact as Facts
from hub.core.mail import Message
from hub.core.mail_mime import as_bytes
from hub.core.outcomes import Wait
from hub.history.models import Note
from hub.mail import composing, loops
from hub.mail.models import IncomingMail, Mailbox, SentMail, Suppression
from hub.mail.reading import kinds, parsing, pauses
from hub.mail.reading.keeping import Kept
from hub.mail.reading.kinds import Kind
from hub.mail.reading.room import SEEN_SECONDS, Reading
from hub.notifications.models import Notification
from hub.plans.models import StepRun
from hub.steps.email import Email
from tests.mail.reading.desk import Room
from tests.mail.reading.letters import OURS, raw, returned
from tests.support.people import make_account

pytestmark = pytest.mark.django_db


def another(room: Room, **values: Any) -> Mailbox:
    """A second mailbox of the account, unless another account is named."""
    usual = {"account": room.world.account, "address": "team@crm.test", "changed_at": room.world.clock.now()}
    return Mailbox.objects.create(**{**usual, **values})


# --- whose answer is it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        raw(In_Reply_To=OURS), raw(References=f"<first@crm.test> {OURS}"), raw(References=f"{OURS}\r\n\t<later@y.test>"),
        raw(subject="RE: Fwd: Welcome"), raw(subject="Antw: Welcome"), raw(subject="re[2]: WELCOME"),
        raw(subject="Quite another thing", In_Reply_To=OURS),
    ],
    ids=["in reply to", "references", "folded", "subject", "german", "counted", "new subject"],
)  # fmt: skip
def test_chatwoot_3868_10750_10791_freescout_2086_2375_an_answer_is_no_new_conversation(
    room: Room, content: bytes
) -> None:
    assert room.reads(content) is Kept.KEPT

    row = IncomingMail.objects.get()
    assert (row.kind, row.answers_id, row.contact_id) == ("reply", room.sent.pk, room.run.contact_id)


def test_chatwoot_15365_an_answer_in_which_we_stand_in_cc_alone_is_not_dropped(room: Room) -> None:
    content = raw(In_Reply_To=OURS, Cc="Ada <ada@crm.test>").replace(b"To: ada@crm.test", b"To: boss@y.test", 1)

    assert room.reads(content) is Kept.KEPT
    assert room.reads(raw(In_Reply_To=OURS, id_="<2@y.test>").replace(b"To: ada@crm.test\r\n", b"", 1)) is Kept.KEPT
    assert room.enrollment().state == "stopped"


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_odoo_187696_chatmail_2250_an_answer_to_an_id_that_the_relay_made_finds_our_mail(room: Room, name: str) -> None:
    room.reads(raw(subject="Something", **{name.replace("-", "_"): "<rewritten@relay.test>"}))

    assert IncomingMail.objects.get().answers_id == room.sent.pk


def test_freescout_5620_an_id_that_was_rewritten_without_a_trace_is_found_by_the_person_and_subject(room: Room) -> None:
    """Amazon's relay leaves no trace of ours. What is found so is shown as a guess."""
    room.reads(raw(subject="Re: Welcome", In_Reply_To="<0100018f-nobody-knows@email.amazonses.com>"))

    row = IncomingMail.objects.get()
    assert (row.answers_id, row.matched_by, row.guessed) == (room.sent.pk, "subject", True)


def test_spamresource_g13_gmail_keeps_the_id_that_it_replaced_and_by_it_our_mail_is_known(room: Room) -> None:
    room.reads(raw(subject="Something", X_Google_Original_Message_ID=OURS))

    assert IncomingMail.objects.get().matched_by == "original"


def test_freescout_2807_a_letter_to_two_of_our_mailboxes_is_kept_in_each_account_that_knows_its_sender(
    room: Room,
) -> None:
    """There the second one was thrown away, for its Message-ID was known. Here the mailbox belongs to the key."""
    south = make_account("South")
    Contact.objects.create(
        account=south, first_name="Bea", email="bea@y.test", email_key="bea@y.test",
        created_at=room.world.clock.now(), updated_at=room.world.clock.now(),
    )  # fmt: skip
    content = raw(subject="Hello you two")

    both = [room.reads(content), room.reads(content, another(room, account=south))]

    assert both == [Kept.KEPT, Kept.KEPT]


def test_relaticle_667_a_conversation_of_one_mailbox_means_nothing_in_another(room: Room) -> None:
    room.reads(raw(sender="stranger@z.test", subject="x"), another(room), thread="t-1")

    assert not IncomingMail.objects.filter(answers=room.sent).exists()


# --- machines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.test", "Postmaster <postmaster@mx.test>", "x@y.test"])
def test_freescout_f1_a_null_return_path_or_a_mail_server_s_name_is_no_person(sender: str) -> None:
    path = {"Return_Path": "<>"} if sender.startswith("x") else {}

    assert kinds.kind_of(parsing.read(raw(sender=sender, **path)))[0] is Kind.AUTO


def test_freescout_3670_an_answering_no_reply_address_is_never_answered(room: Room) -> None:
    """There it went to and fro eleven times. Here no letter makes a mail, and a machine's stops and starts nothing."""
    before = StepRun.objects.count(), SentMail.objects.count()
    for number in range(11):
        letter = raw(sender="no-reply@y.test", id_=f"<{number}@y.test>", In_Reply_To=OURS, Precedence="auto_reply")
        assert room.reads(letter) is Kept.KEPT

    assert (StepRun.objects.count(), SentMail.objects.count()) == before
    assert room.enrollment().state == "running"


def test_freescout_4143_a_storm_of_a_machine_s_letters_calls_nobody(room: Room) -> None:
    """There it was eight thousand mails. A note each at most, and neither a notification nor a mail."""
    for number in range(40):
        room.reads(raw(id_=f"<{number}@y.test>", Auto_Submitted="auto-replied", In_Reply_To=OURS))
        room.reads(raw(id_=f"<{number}@y.test>", Auto_Submitted="auto-replied", In_Reply_To=OURS))

    assert not Notification.objects.filter(kind__startswith="mail.").exists()
    assert Note.objects.filter(contact_id=room.run.contact_id, kind="mail.auto").count() == 40


def test_alga_psa_2772_our_own_mail_says_that_a_machine_wrote_it_and_is_known_when_it_comes_back(room: Room) -> None:
    """Its answer has three parts: tell machines apart, mark what is ours, and a limit (ten mails a day to one contact)."""
    mark = loops.mark(room.world.account.pk)
    about = composing.About("<1@crm.test>", loop=mark)
    step = Email.model_validate({"subject": "Welcome", "text": "Hi", "kind": "personal"})
    facts = Facts(id="1", first_name="Bea", email="bea@y.test")

    made = composing.compose(step, facts, composing.Sender("ada@crm.test"), about)

    assert isinstance(made, Message)
    back = parsing.read(as_bytes(made, room.world.clock.now()))
    assert kinds.kind_of(back, loops.marks(room.world.account.pk))[0] is Kind.OURS
    assert kinds.kind_of(back)[0] is Kind.AUTO, "another hub takes it for what it is"
    assert back.header("x-auto-response-suppress") == "All"


# --- bounces -------------------------------------------------------------------------------------------------------


def test_freescout_4250_a_bounce_makes_no_contact_and_sends_nothing(room: Room) -> None:
    before = Contact.objects.count(), SentMail.objects.count()

    room.reads(returned(("nobody@z.test", "failed", "5.1.1", "550 no such user"), id_="<unknown@z.test>"))
    room.reads(returned(("bea@y.test", "failed", "5.1.1", "550 no such user")))

    assert (Contact.objects.count(), SentMail.objects.count()) == before


def test_zammad_z3_what_may_pass_blocks_no_address(room: Room) -> None:
    for number, (action, status) in enumerate((("delayed", "4.4.7"), ("failed", "4.2.2"), ("failed", "5.7.1"))):
        content = returned(("bea@y.test", action, status, "x")).replace(b"dsn-1@", f"dsn-{number}@".encode())
        assert room.reads(content) is Kept.KEPT

    assert not Suppression.objects.exists()


# --- the reader ----------------------------------------------------------------------------------------------------


def test_emailengine_reconnect_a_line_that_breaks_is_made_anew_ever_more_slowly_and_never_all_at_once() -> None:
    slow = [pauses.after(Wait("x"), failures, chance=lambda: 0.0) for failures in (1, 2, 3, 50)]
    quick = [pauses.after(Wait("x"), failures, chance=lambda: 1.0) for failures in (1, 50)]

    assert slow == [2.0, 3.0, 4.5, 30.0]
    assert quick == [1.5, 22.5]
    assert pauses.after(Wait("x", 300.0), 1) == 300.0
    assert pauses.after(Wait("x", 100_000.0), 1) == timedelta(minutes=15).total_seconds()


def test_twenty_18159_a_mailbox_that_fails_is_not_shown_as_read(room: Room) -> None:
    """There it said *Synced*, and nothing came in. Only what was really looked into bears a new time."""
    other = another(room)
    part = Reading(1, lambda no: True, lambda work: work())
    part._watchers = {room.mailbox.pk: SimpleNamespace(well=True), other.pk: SimpleNamespace(well=False)}
    part._seen_at = -SEEN_SECONDS * 2

    part._tell_seen()

    assert Mailbox.objects.get(pk=room.mailbox.pk).read_at is not None
    assert Mailbox.objects.get(pk=other.pk).read_at is None
