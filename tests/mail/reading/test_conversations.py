"""An answer that names no mail of ours is known by its provider's conversation: from the first one, and from then on."""

from __future__ import annotations

from typing import Any

import pytest

from hub.mail.models import IncomingMail, Mailbox, SentMail
from tests.mail.reading.desk import Room
from tests.mail.reading.letters import OURS, raw

pytestmark = pytest.mark.django_db

BARE: dict[str, Any] = {"subject": "Something else"}
"""Of a letter that neither names an id nor has our subject."""


def test_a_conversation_that_was_told_when_the_mail_left_is_enough(room: Room) -> None:
    SentMail.objects.update(thread="t-9")

    room.reads(raw(**BARE), thread="t-9")

    row = IncomingMail.objects.get()
    assert (row.matched_by, row.answers_id, row.guessed) == ("thread", room.sent.pk, False)
    assert room.enrollment().state == "stopped"


def test_what_went_out_in_the_conversation_is_enough_where_sending_told_none(room: Room) -> None:
    """Graph takes a mail without a word about its conversation, and tells it of the copy in *Sent Items*."""
    SentMail.objects.update(thread="")

    room.reads(raw(**BARE), thread="AAQk-1", sent_ids=("<0@prod.outlook.com>", OURS))

    assert IncomingMail.objects.get().matched_by == "thread"
    assert SentMail.objects.get(pk=room.sent.pk).thread == "AAQk-1", "so the next one is known without asking"


def test_an_answer_that_names_our_mail_teaches_its_conversation(room: Room) -> None:
    SentMail.objects.update(thread="")
    room.reads(raw(In_Reply_To=OURS), thread="t-3")

    room.reads(raw(id_="<answer-2@y.test>", **BARE), thread="t-3")

    assert list(IncomingMail.objects.order_by("pk").values_list("matched_by", flat=True)) == ["in_reply_to", "thread"]


def test_a_guess_teaches_nothing(room: Room) -> None:
    SentMail.objects.update(thread="")

    room.reads(raw(), thread="t-4")

    assert IncomingMail.objects.get().matched_by == "subject"
    assert SentMail.objects.get(pk=room.sent.pk).thread == ""


def test_relaticle_667_a_conversation_holds_in_its_own_mailbox_only(room: Room) -> None:
    """Ids of conversations belong to one mailbox; another's may be spelt the same."""
    SentMail.objects.update(thread="t-9")
    other = Mailbox.objects.create(
        account=room.mailbox.account, user=None if room.mailbox.user_id else _somebody(room), address="grace@crm.test",
        enabled=True, read_mail=True, changed_at=room.world.clock.now(),
    )  # fmt: skip

    room.reads(raw(**BARE), other, thread="t-9", sent_ids=(OURS,))

    assert IncomingMail.objects.get().matched_by == "address"


def _somebody(room: Room) -> Any:
    from tests.support.people import make_user

    return make_user(room.mailbox.account, "standard", "grace")
