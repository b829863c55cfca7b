"""From a letter to a contact's history: whose it is, what follows, and that it is kept once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from hub.contacts.models import Contact
from hub.events.models import Event, Listening
from hub.history.models import Note
from hub.mail import loops
from hub.mail.models import IncomingMail, Mailbox, SentMail, Suppression
from hub.mail.reading import keeping, telling
from hub.mail.reading.keeping import Kept
from hub.notifications.models import Notification
from hub.plans.models import StepRun
from hub.users.models import Grant, User
from tests.mail.reading.desk import Room
from tests.mail.reading.letters import OURS, letter, raw, returned
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


ANSWER = raw(In_Reply_To=OURS)


def test_an_answer_is_told_and_ends_the_plan(room: Room) -> None:
    Listening.objects.create(account_id=room.world.account.pk, kinds=2**30 - 1, below=0)

    assert room.reads(ANSWER) is Kept.KEPT

    row, enrollment = IncomingMail.objects.get(), room.enrollment()
    assert (row.kind, row.matched_by, row.guessed, row.text) == ("reply", "in_reply_to", False, "Yes, please stop.")
    assert (enrollment.state, enrollment.end_reason) == ("stopped", "The contact answered by e-mail.")
    assert StepRun.objects.get(pk=room.run.pk).state == "cancelled"
    assert SentMail.objects.get().state == "answered"
    assert room.notes() == ["E-mail received: Re: Welcome"]
    told = Notification.objects.get(kind="mail.received")
    assert told.user_id == room.mailbox.user_id
    assert Event.objects.filter(kind="reply.received", contact_id=room.run.contact_id).count() == 1


@pytest.mark.parametrize("gone", ["archived", "blocked", "has no role"])
def test_an_answer_to_somebody_who_has_left_is_told_to_whoever_is_there(room: Room, gone: str) -> None:
    """Their bell rings for nobody, and their plan has stopped all the same."""
    owner, boss = room.mailbox.user, make_user(room.world.account, "admin", "boss")
    assert owner is not None
    if gone == "has no role":
        Grant.objects.filter(user=owner).delete()
    else:
        User.objects.filter(pk=owner.pk).update(state=gone)

    room.reads(ANSWER)
    telling.stopped(room.mailbox.pk, "It cannot be read.")

    told = {one.kind: one for one in Notification.objects.all() if one.kind.startswith("mail.")}
    assert {kind: one.user_id for kind, one in told.items()} == {"mail.received": boss.pk, "mail.unread": boss.pk}
    assert told["mail.unread"].url.endswith("/settings/email/all")

    bob = make_user(room.world.account, "standard", "bob")
    Contact.objects.filter(pk=room.run.contact_id).update(assigned_user=bob)
    room.reads(raw(id_="<2@y.test>", In_Reply_To=OURS))
    assert Notification.objects.filter(kind="mail.received", user_id=bob.pk).exists()


def test_a_letter_that_is_read_twice_is_kept_once(room: Room) -> None:
    assert [room.reads(ANSWER), room.reads(ANSWER)] == [Kept.KEPT, Kept.KNOWN]

    assert len(room.notes()) == Notification.objects.filter(kind="mail.received").count() == 1


def test_a_reader_that_dies_over_a_letter_leaves_nothing_and_the_next_one_keeps_it(room: Room) -> None:
    def killed() -> None:
        with transaction.atomic():
            keeping.keep(room.mailbox, letter(ANSWER), room.world.clock.now())
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        killed()
    assert (room.notes(), room.enrollment().state) == ([], "running")

    assert room.reads(ANSWER) is Kept.KEPT
    assert room.enrollment().state == "stopped"


def test_znuny_384_the_same_letter_in_two_mailboxes_is_told_once(room: Room) -> None:
    other = Mailbox.objects.create(
        account=room.world.account, address="team@crm.test", changed_at=room.world.clock.now()
    )

    room.reads(ANSWER)
    room.reads(ANSWER, other)

    assert IncomingMail.objects.count() == 2
    assert len(room.notes()) == 1


@pytest.mark.parametrize(
    ("layer", "content", "more"),
    [
        ("references", raw(In_Reply_To="<agent@crm.test>", References=f"{OURS} <agent@crm.test>"), {}),
        ("in_reply_to", raw(In_Reply_To="<rewritten@relay.test>"), {}),
        ("original", raw(X_Microsoft_Original_Message_ID=OURS), {}),
        ("thread", raw(), {"thread": "t-1"}),
        ("subject", raw(subject="AW: RE: Welcome"), {}),
        ("subject", raw(subject="[EXTERNAL] R: Welcome"), {}),
        ("subject", raw(subject="回复：Welcome"), {}),
        ("in_reply_to", raw(subject="x", In_Reply_To=OURS.strip("<>")), {}),
    ],
    ids=[
        "chatwoot_10028_the_agent_answered_elsewhere", "chatmail_2250_the_relay_rewrote_the_id", "memory", "thread", "guess",
        "a gateway's mark", "other letters", "an id without brackets",
    ],
)  # fmt: skip
def test_an_answer_is_found_in_layers(room: Room, layer: str, content: bytes, more: dict[str, Any]) -> None:
    room.reads(content, **more)

    row = IncomingMail.objects.get()
    assert (row.matched_by, row.kind, row.guessed) == (layer, "reply", layer == "subject")
    assert room.enrollment().state == "stopped"


def test_chatwoot_7286_an_empty_in_reply_to_matches_no_mail_that_has_no_id(room: Room) -> None:
    SentMail.objects.update(other_id="", thread="")

    room.reads(raw(In_Reply_To="", subject="Something else"), thread="")

    row = IncomingMail.objects.get()
    assert (row.kind, row.matched_by, row.answers_id) == ("mail", "address", None)


def test_zammad_5064_a_stranger_in_the_conversation_is_marked_and_stops_nothing(room: Room) -> None:
    room.reads(raw(sender="mallory@evil.test", In_Reply_To=OURS))

    row = IncomingMail.objects.get()
    assert (row.kind, row.guessed, row.contact_id) == ("reply", True, room.run.contact_id)
    assert room.enrollment().state == "running"
    assert SentMail.objects.get().state == "sent"


def test_another_account_s_mail_is_never_answered_here(room: Room) -> None:
    from tests.support.people import make_account

    other = Mailbox.objects.create(
        account=make_account("South"), address="x@south.test", changed_at=room.world.clock.now()
    )

    assert room.reads(ANSWER, other) is Kept.STRANGER
    assert room.enrollment().state == "running"


def test_a_stranger_s_letter_is_nobody_s_history(room: Room) -> None:
    assert room.reads(raw(sender="spam@z.test", subject="Buy")) is Kept.STRANGER
    assert IncomingMail.objects.count() == Note.objects.filter(kind__startswith="mail.").count() == 0


def test_freescout_2977_our_own_mail_is_not_taken_for_news(room: Room) -> None:
    assert room.reads(raw(sender="Ada <ADA@crm.test>")) is Kept.OURS
    assert room.reads(raw(X_Hub_Loop=loops.mark(room.world.account.pk), In_Reply_To=OURS)) is Kept.OURS


def test_chatwoot_15869_an_old_mail_used_for_a_new_subject_is_a_letter_of_its_own(room: Room) -> None:
    SentMail.objects.update(sent_at=room.world.clock.now() - timedelta(days=200))

    room.reads(raw(In_Reply_To=OURS, subject="Summer camp"))

    assert IncomingMail.objects.get().kind == "mail"
    assert room.notes() == ["E-mail received: Summer camp"]


def test_an_out_of_office_is_a_note_and_stops_nothing(room: Room) -> None:
    room.reads(raw("I am away.", Auto_Submitted="auto-replied", In_Reply_To=OURS))

    assert IncomingMail.objects.get().kind == "auto"
    assert room.notes() == ["Automatic answer received: Re: Welcome"]
    assert room.enrollment().state == "running"
    assert SentMail.objects.get().state == "sent"
    assert not Notification.objects.filter(kind="mail.received").exists()


@pytest.mark.parametrize(
    ("content", "said", "ends"),
    [
        (ANSWER, {"on_reply": False}, False),
        (raw(Auto_Submitted="auto-replied", In_Reply_To=OURS), {"on_auto_reply": True}, True),
        (returned(("bea@y.test", "failed", "5.1.1", "550 no")), {"on_bounce": False}, False),
    ],
    ids=["answer", "automatic", "bounce"],
)
def test_a_plan_ends_on_what_its_rules_say(room: Room, content: bytes, said: dict[str, bool], ends: bool) -> None:
    room.rules(**said)

    room.reads(content)

    assert (room.enrollment().state == "stopped") is ends


def test_a_mail_that_came_back_ends_the_plan_and_its_address_gets_no_more(room: Room) -> None:
    room.reads(returned(("bea@y.test", "failed", "5.1.1", "550 5.1.1 no such user")))

    sent, row = SentMail.objects.get(), IncomingMail.objects.get()
    assert (sent.state, sent.said) == ("bounced", "5.1.1 550 5.1.1 no such user")
    assert (row.kind, row.matched_by, row.html) == ("bounce", "returned", "")
    assert room.enrollment().end_reason == "An e-mail of this plan came back: it cannot be delivered."
    assert Suppression.objects.get().address == "bea@y.test"
    assert room.notes() == ["E-mail came back: Welcome"]
    room.reads(ANSWER)
    assert SentMail.objects.get().state == "bounced"


def test_a_full_mailbox_came_back_and_may_be_written_to_again(room: Room) -> None:
    room.reads(returned(("bea@y.test", "failed", "5.2.2", "552 full")))

    assert SentMail.objects.get().state == "bounced"
    assert not Suppression.objects.exists()


def test_a_forged_report_puts_nobody_on_the_list_whom_we_did_not_write_to(room: Room) -> None:
    room.reads(returned(("boss@big.test", "failed", "5.1.1", "550 no")))

    assert not Suppression.objects.exists()


def test_a_report_without_our_mail_s_id_is_noted_and_puts_nobody_on_the_list(room: Room) -> None:
    room.reads(returned(("bea@y.test", "failed", "5.1.1", "550 no"), id_="<made-up@z.test>"))

    assert room.notes() == ["E-mail came back: Welcome"]
    assert not Suppression.objects.exists()


def test_a_report_that_a_mail_was_delivered_is_no_automatic_answer_and_ends_nothing(room: Room) -> None:
    room.rules(on_auto_reply=True)
    room.reads(returned(("bea@y.test", "relayed", "2.0.0", "250 handed on")))

    assert room.enrollment().state == "running"


def test_a_late_mail_is_a_note(room: Room) -> None:
    room.reads(returned(("bea@y.test", "delayed", "4.4.7", "451 later")))

    assert room.notes() == ["E-mail is late: Welcome"]
    assert (SentMail.objects.get().state, room.enrollment().state) == ("sent", "running")


def test_freescout_4250_a_bounce_of_a_stranger_s_mail_makes_nothing(room: Room) -> None:
    assert room.reads(returned(("who@z.test", "failed", "5.1.1", "550"), id_="<not-ours@z.test>")) is Kept.STRANGER


def test_an_answer_ends_only_plans_that_wrote_by_e_mail(room: Room) -> None:
    SentMail.objects.update(enrollment_id=None)

    room.reads(ANSWER)

    assert room.enrollment().state == "running"


def test_a_letter_with_signs_that_no_database_takes_is_kept(room: Room) -> None:
    room.reads(
        raw(
            "a\x00b \ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
            subject="x\x00y",
            In_Reply_To=OURS,
        )
    )

    assert IncomingMail.objects.get().subject == "xy"


def test_two_readers_who_keep_a_letter_at_the_same_moment_keep_it_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.reads(ANSWER)
    monkeypatch.setattr(keeping, "_is_there", lambda said: False)  # the other one's row is not seen yet

    assert room.reads(ANSWER) is Kept.KNOWN
    assert IncomingMail.objects.count() == len(room.notes()) == 1


OUR_SERVER = b"Received: from z (z [1.1.1.1]) by mx.crm.test with ESMTP\r\nAuthentication-Results: mx.crm.test; "
FORGED = OUR_SERVER + b"spf=fail; dkim=none; dmarc=fail header.from=y.test\r\n"


@pytest.mark.parametrize("more", [{}, {"thread": "t-1"}], ids=["by_its_subject", "by_the_conversation"])
def test_a_letter_whose_sender_is_forged_is_kept_and_told_and_ends_nothing(room: Room, more: dict[str, Any]) -> None:
    Listening.objects.create(account_id=room.world.account.pk, kinds=2**30 - 1, below=0)

    assert room.reads(FORGED + raw(subject="Re: Welcome"), **more) is Kept.KEPT

    row = IncomingMail.objects.get()
    assert (row.contact_id, row.guessed, room.enrollment().state) == (room.run.contact_id, True, "running")
    assert Note.objects.get(kind="mail.received").data["refuted"] is True
    assert Notification.objects.get(kind="mail.refuted").user_id == room.mailbox.user_id
    assert (SentMail.objects.get().state, Event.objects.filter(kind="reply.received").count()) == ("sent", 0)


def test_the_id_of_our_mail_proves_more_than_a_server_that_refutes(room: Room) -> None:
    """Mailing lists and redirections break signatures; whoever knows the id has seen the mail."""
    room.reads(FORGED + ANSWER)

    assert room.enrollment().state == "stopped"


def test_what_the_server_does_not_refute_is_believed_as_before(room: Room) -> None:
    room.reads(OUR_SERVER + b"dmarc=pass header.from=y.test\r\n" + raw(subject="Re: Welcome"))

    assert room.enrollment().state == "stopped"


def test_a_forged_report_that_bears_no_id_ends_nothing(room: Room) -> None:
    report = returned(("bea@y.test", "failed", "5.1.1", "550 unknown"), id_="<nobody@z.test>")

    room.reads(FORGED + report)

    assert (room.enrollment().state, SentMail.objects.get().state) == ("running", "sent")
    assert Suppression.objects.count() == 0
