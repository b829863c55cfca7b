"""What a bell tells reaches its people by mail, too: once, by the platform's sender, and never instead of the bell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import override_settings

from hub.accounts.models import Account
from hub.addons import installed
from hub.core.egress import Egress
from hub.db import clock
from hub.dispatch.outside import Outside
from hub.mail import actors, staff
from hub.notifications import mailing
from hub.notifications.changes import NewNotification
from hub.notifications.models import StaffMail
from hub.testing import mail_faults as faults
from hub.testing.mail import MailServer
from hub.users.models import User
from tests.mail.room.platform import platform_sender
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """An account with an owner, and the platform's mail server."""

    account: Account
    owner: User
    server: MailServer
    clock: clock.VirtualClock

    def tell(self, user: User | None = None, text: str = "The receiver answered 410.") -> StaffMail:
        with transaction.atomic():
            data = {"name": "Our CRM", "text": text}
            told = NewNotification(
                self.account.pk, (user or self.owner).pk, "hook.disabled", data, "/a/1/settings/webhooks/7"
            )
            mailing.mail_many([told])
        return StaffMail.objects.latest("pk")

    def after(self, row: StaffMail, **span: float) -> StaffMail:
        self.clock.advance(**span)
        staff.send_due()
        row.refresh_from_db()
        return row


@pytest.fixture
def desk() -> Iterator[Desk]:
    with platform_sender(), clock.use(clock.VirtualClock(MONDAY)) as time:
        server, outside = MailServer(time.now), Outside(Egress())
        outside.office = server
        account = make_account("Northside")
        with installed.use_outside(outside):
            yield Desk(account, make_user(account, "owner"), server, time)
        outside.close()


def test_it_says_what_happened_to_which_account_and_where_it_is_mended(desk: Desk) -> None:
    with override_settings(HUB_PUBLIC_URL="https://hub.example"):
        row = desk.after(desk.tell())

    (mail,) = desk.server.outbox
    assert (row.state, row.due_at, row.problem) == ("sent", None, "")
    assert mail.to == (desk.owner.email,)
    assert mail.sender == "hub@platform.example"
    assert mail.subject == "Northside: The webhook to Our CRM was switched off"
    assert "The receiver answered 410." in mail.text
    assert "kept for thirty days" in mail.text
    assert mail.text.endswith("https://hub.example/a/1/settings/webhooks/7")
    assert mail.parsed["Auto-Submitted"] == "auto-generated"


def test_it_is_sent_once_however_often_somebody_looks(desk: Desk) -> None:
    row = desk.tell()

    for _ in range(3):
        desk.after(row, minutes=10)

    assert len(desk.server.outbox) == 1
    assert not mailing.waiting(clock.now())


def test_what_surely_was_not_sent_is_tried_again_for_a_day(desk: Desk) -> None:
    desk.server.fail(faults.refused(), faults.unknown_host())
    row = desk.after(desk.tell())
    assert (row.state, row.due_at) == ("waiting", MONDAY + mailing.WAITS[0])
    assert "does not answer" in row.problem

    assert desk.after(row, minutes=5).state == "waiting"
    assert desk.after(row, minutes=30).state == "sent"

    desk.server.fail(*[faults.refused()] * 6)
    row = desk.after(desk.tell())
    for wait in mailing.WAITS:
        desk.after(row, seconds=wait.total_seconds())
    assert (row.state, row.tries) == ("failed", 6)
    assert len(desk.server.outbox) == 1


def test_what_may_have_left_is_not_sent_again(desk: Desk) -> None:
    desk.server.fail(faults.dropped_after(acts=True))

    row = desk.after(desk.tell())

    assert row.state == "unclear"
    assert desk.after(row, days=1).state == "unclear"
    assert len(desk.server.outbox) == 1


def test_whoever_died_while_sending_leaves_it_unclear(desk: Desk) -> None:
    row = desk.tell()
    with transaction.atomic():
        assert [taken.pk for taken in mailing.take(clock.now(), 5)] == [row.pk]
        assert mailing.take(clock.now(), 5) == [], "it is in somebody's hands"

    assert desk.after(row, minutes=4).state == "sending"
    assert mailing.waiting(clock.now()) is False
    assert desk.after(row, minutes=2).state == "unclear"
    assert desk.server.outbox == []

    mailing.ended(row, StaffMail.State.SENT)  # the dead comes home
    row.refresh_from_db()
    assert row.state == "unclear"


def test_without_a_sender_or_an_address_it_is_left_out(desk: Desk) -> None:
    gone = make_user(desk.account, "admin")
    User.objects.filter(pk=gone.pk).update(state=User.State.ARCHIVED)
    assert desk.after(desk.tell(gone)).state == "left_out"

    with override_settings(HUB_MAIL_URL=None):
        assert desk.after(desk.tell()).state == "left_out"

    assert desk.server.outbox == []


def test_a_line_break_in_what_is_told_stays_out_of_the_headers(desk: Desk) -> None:
    Account.objects.filter(pk=desk.account.pk).update(name="North\r\nBcc: all@example.com")

    desk.after(desk.tell())

    (mail,) = desk.server.outbox
    assert mail.parsed["Bcc"] is None
    assert mail.subject.startswith("North Bcc: all@example.com: ")


def test_the_ticker_rings_while_something_is_due_and_forgets_after_a_month(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[object] = []
    monkeypatch.setattr(actors.ringing, "ring", lambda actor, *_: rung.append(actor))
    row = desk.tell()

    actors.look_for_staff_mails()
    desk.after(row)
    actors.look_for_staff_mails()

    assert rung == [actors.send_staff_mails]
    assert mailing.forget_old(clock.now()) == 0
    desk.clock.advance(days=31)
    assert mailing.forget_old(clock.now()) == 1
