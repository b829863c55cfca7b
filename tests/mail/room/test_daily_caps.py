"""A mailbox with a daily limit sends so many and no more; the others wait for the account's next day and say so."""

from __future__ import annotations

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.engine import release
from hub.mail.mailboxes import changes
from hub.mail.mailboxes.changes import Options
from hub.mail.models import Mailbox, MailDay
from hub.plans.models import PlanStep, StepRun
from hub.testing import mail_faults as faults
from tests.mail.room.office import Office
from tests.mail.test_through_the_hub import MAILBOX

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


def over(office: Office, cap: int, *people: str) -> list[StepRun]:
    """A mailbox that has sent one mail, and has no room for these."""
    office.mailbox(daily_cap=1)
    office.after(office.enroll("first@example.com"))
    runs = [office.after(office.enroll(one), seconds=1) for one in people]
    assert {run.hold_reason for run in runs} == {"daily_cap"}
    mailbox = Mailbox.objects.get()
    with transaction.atomic():
        freed = changes.set_options(mailbox, None, Options(True, daily_cap=cap or None), by=SYSTEM)
        released = release.of_account(freed.account_ids, freed.addon)
    assert released == (min(cap - 1, len(people)) if cap else len(people))
    return [office.after(run) for run in runs]


def test_a_limit_that_is_raised_lets_as_many_go_as_there_is_room_for(office: Office) -> None:
    runs = over(office, 3, "a@example.com", "b@example.com", "c@example.com")

    assert [run.state for run in runs] == ["done", "done", "scheduled"], "the first that came goes first"
    assert runs[2].hold_reason == "daily_cap"
    assert office.after(runs[2], days=1).state == "done"


def test_a_limit_that_is_taken_away_lets_all_go(office: Office) -> None:
    assert [run.state for run in over(office, 0, "a@example.com", "b@example.com")] == ["done", "done"]


def test_what_waits_for_another_mailbox_still_waits(office: Office) -> None:
    office.mailbox(daily_cap=5)
    bea = office.person("Bea")
    office.mailbox(bea, {**MAILBOX, "address": "bea@icloud.com"}, daily_cap=1)
    office.plan(sender="assigned")
    office.after(office.enroll("a@example.com", assigned_user=bea))
    waiting = office.after(office.enroll("b@example.com", assigned_user=bea))

    assert release.of_account([office.world.account.pk], "mail") == 0
    assert office.after(waiting).hold_reason == "daily_cap"


@pytest.mark.parametrize(("hours", "state"), [(2, "skipped"), (48, "scheduled")])
def test_what_is_to_be_passed_over_when_late_is_not_sent_the_next_day(office: Office, hours: int, state: str) -> None:
    office.mailbox(daily_cap=1)
    office.after(office.enroll("first@example.com"))
    PlanStep.objects.update(late_hours=hours, when_late="skip")

    put_off = office.after(office.enroll("second@example.com"))

    assert put_off.state == state
    if state == "skipped":
        assert put_off.hold_reason == "late"
        assert put_off.hold_detail.startswith("The step would be later than it may be, so it was skipped: The mailbox")
