"""Rows of mails go as closed runs do: when nothing rests on them. Answers, history and who wants no more outlive them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.engine.archiving.moving import move_portion
from hub.history.models import Note
from hub.mail import forgetting
from hub.mail.models import IncomingMail, MailDay, SentMail, Suppression
from hub.mail.reading import keeping
from hub.mail.suppressing import changes as suppressing
from hub.process import duties
from tests.engine.world import make_plan
from tests.mail.reading.letters import letter, raw
from tests.mail.room.office import SEND, Office

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"
KEEP = timedelta(days=90)


def forget(office: Office) -> int:
    return forgetting.forget_old(office.world.clock.now(), KEEP)


def test_rows_go_when_their_runs_are_in_the_archive_and_an_answer_is_still_a_letter(office: Office) -> None:
    mailbox = office.mailbox(daily_cap=5)
    run = office.after(office.enroll(ADA, email_key=ADA))
    answered = raw(sender=ADA, In_Reply_To=office.sent(run).message_id)
    with transaction.atomic():
        keeping.keep(mailbox, letter(answered), office.world.clock.now())
    suppressing.add(office.world.account, "bo@example.com", Suppression.Why.BOUNCED, by=SYSTEM)
    before = Note.objects.count()

    office.world.clock.advance(days=91)
    forget(office)
    assert (SentMail.objects.count(), IncomingMail.objects.count(), MailDay.objects.count()) == (1, 0, 0)
    assert move_portion(office.world.clock.now(), KEEP).runs == 1
    assert forget(office) == 1
    assert not SentMail.objects.exists()

    late = raw(sender=ADA, In_Reply_To=f"<hub-x-{run.pk.hex}-0@icloud.com>", id_="<late@example.com>")
    with transaction.atomic():
        keeping.keep(mailbox, letter(late), office.world.clock.now())
    row = IncomingMail.objects.get()
    assert (row.kind, row.matched_by, row.contact_id) == ("mail", "address", run.contact_id)
    assert Note.objects.count() == before + 1
    assert Suppression.objects.count() == 1


def test_while_a_plan_goes_on_its_mails_are_known(office: Office) -> None:
    office.mailbox()
    timings = [{"kind": "immediately"}, {"kind": "after", "amount": 200, "unit": "days"}]
    with transaction.atomic():
        office.world.plan = make_plan(office.world.account, [SEND, SEND], timings, "none")
    office.after(office.enroll(ADA))

    office.world.clock.advance(days=150)
    move_portion(office.world.clock.now(), KEEP)

    assert forget(office) == 0
    assert SentMail.objects.count() == 1


def test_many_go_in_portions(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PORTION", 2)
    now = office.world.clock.now()
    SentMail.objects.bulk_create(
        SentMail(account=office.world.account, contact_id=1, message_id=f"<{n}@x>", to=ADA, sent_at=now)
        for n in range(5)
    )
    office.world.clock.advance(days=91)

    assert forget(office) == 5


def test_the_ticker_has_it_among_its_duties(office: Office, settings: object) -> None:
    assert {"old mails", "answered mails"} <= {duty.name for duty in duties.duties()}
    settings.HUB_KEEP_RUNS_DAYS = 0  # type: ignore[attr-defined]
    office.world.clock.advance(days=5_000)
    assert duties.forget_mails() == 0
