"""A mailbox with a daily limit sends so many and no more; the others wait for the account's next day and say so."""

from __future__ import annotations

import pytest

from hub.mail.models import MailDay
from hub.testing import mail_faults as faults
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)


def test_over_its_limit_a_mailbox_waits_for_the_next_day_of_the_account(office: Office) -> None:
    office.world.account.time_zone = "America/Denver"
    office.world.account.save()
    office.mailbox(daily_cap=2)

    runs = office.world.enroll(3, email="ada@example.com")
    for run in runs:
        office.after(run)

    assert sorted(run.state for run in runs) == ["done", "done", "scheduled"]
    waiting = next(run for run in runs if run.state == "scheduled")
    assert waiting.hold_reason == "daily_cap"
    assert waiting.hold_detail.startswith("The mailbox office@icloud.com has sent its 2 e-mails of today.")
    assert waiting.due_at
    assert waiting.due_at.isoformat() == "2026-03-03T07:00:00+00:00", "midnight in Denver"

    assert office.after(waiting, days=1).state == "done"
    assert len(office.mail.outbox) == 3


def test_what_surely_did_not_leave_does_not_count(office: Office) -> None:
    office.mailbox(daily_cap=1)
    office.mail.fail(faults.wrong_password())

    office.after(office.enroll())

    assert MailDay.objects.get().granted == 0


def test_a_limit_that_is_set_at_noon_counts_the_morning(office: Office) -> None:
    mailbox = office.mailbox()
    office.after(office.enroll())
    mailbox.daily_cap = 1
    mailbox.save()

    second = office.after(office.enroll("bea@example.com"))

    assert (second.state, second.hold_reason) == ("scheduled", "daily_cap")
