"""Marketing mail goes to nobody who wants none, asked when it would leave; and nobody is flooded."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.db.errors import Invalid
from hub.engine import release
from hub.history.models import Note
from hub.mail.mailboxes import changes as mailboxes
from hub.mail.models import SentMail, Suppression
from hub.mail.suppressing import changes as suppressing
from hub.mail.unsubscribing import links
from hub.plans import enrollment, letters
from hub.plans.letters import Letter
from hub.plans.models import StepRun
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"


def told(run: Any) -> str:
    return str(Note.objects.get(run_id=run.pk, kind="step.skipped").data["text"])


def test_the_link_in_a_mail_stops_the_next_one_at_once(office: Office, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.test"
    office.mailbox()
    first = office.after(office.enroll())
    (mail,) = office.mail.outbox
    way = mail.parsed["List-Unsubscribe"].strip("<>")
    assert way == links.address(office.world.account.pk, first.contact_id)
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    answer = Client().post(way.removeprefix("https://hub.test"), {"List-Unsubscribe": "One-Click"})
    second = office.after(office.enroll())

    assert answer.status_code == 200
    assert (second.state, len(office.mail.outbox)) == ("skipped", 1)
    assert "no more marketing mail" in told(second)


def test_a_contact_who_refuses_e_mail_is_passed_over_and_personal_mail_still_goes(office: Office) -> None:
    office.mailbox()
    run = office.enroll()
    Contact.objects.filter(pk=run.contact_id).update(email_ok=False)

    assert office.after(run).state == "skipped"
    assert office.mail.outbox == []

    office.plan(kind="personal")
    other = office.enroll("bea@example.com")
    Contact.objects.filter(pk=other.contact_id).update(email_ok=False)
    assert office.after(other).state == "done"


def test_a_suppressed_address_is_passed_over_in_its_account(office: Office) -> None:
    office.mailbox()
    run = office.enroll("Ada@Example.com")
    suppressing.add(office.world.account, ADA, Suppression.Why.BOUNCED, by=SYSTEM)

    office.after(run)

    assert run.state == "skipped"
    assert "address does not exist" in told(run)


def test_mail_for_somebody_else_asks_nobody_and_needs_no_address(office: Office) -> None:
    office.mailbox()
    office.plan(to="crew@partner.test", kind="marketing")
    run = office.enroll("")
    Contact.objects.filter(pk=run.contact_id).update(email_ok=False)

    assert office.after(run).state == "done"
    assert office.mail.outbox[0].to == ("crew@partner.test",)


def test_nobody_gets_more_than_their_share_of_a_day_and_the_rest_goes_on_the_next(office: Office) -> None:
    office.mailbox()
    office.plan(kind="personal")
    run = office.enroll()
    rows = [
        SentMail(
            account=office.world.account,
            contact_id=run.contact_id,
            message_id=f"<{n}@x>",
            to=ADA,
            sent_at=office.world.clock.now(),
        )
        for n in range(10)
    ]
    SentMail.objects.bulk_create(rows)

    office.after(run)

    assert (run.state, office.mail.outbox) == ("scheduled", [])
    assert "waits for tomorrow" in run.hold_detail
    assert office.after(run, days=1).state == "done"


def test_e_mails_of_one_contact_that_are_due_at_the_same_moment_share_the_day_too(office: Office) -> None:
    """As of a program that asks for one in a loop, or of plans that begin together."""
    office.mailbox()
    mailboxes.set_most_a_day(office.world.account, 2, by=SYSTEM)
    one, now = office.enroll(), office.world.clock.now()
    contact = Contact.objects.get(pk=one.contact_id)
    with transaction.atomic():
        for number in range(3):
            letters.ask(office.world.account, contact, Letter(f"Hello {number}", "Hi"), by=SYSTEM, now=now)
    other = office.enroll("bea@example.com")

    office.after(other)

    held = StepRun.objects.filter(contact_id=contact.pk).values_list("state", "hold_reason")
    assert Counter(held) == {("done", ""): 2, ("scheduled", "contact_share"): 2}
    assert (other.state, len(office.mail.outbox)) == ("done", 3)
    office.after(other, days=1)
    assert len(office.mail.outbox) == 5


def test_an_account_chooses_how_many_one_contact_gets(office: Office) -> None:
    office.mailbox()
    office.plan(kind="personal")
    mailboxes.set_most_a_day(office.world.account, 1, by=SYSTEM)
    contact = office.after(office.enroll(), seconds=1).contact_id

    with transaction.atomic():
        enrollment.enroll(office.world.plan, [contact], by=SYSTEM, now=office.world.clock.now(), token="again")
    second = office.after(StepRun.objects.filter(contact_id=contact).latest("created_at"))

    assert "has had 1 e-mails of this account today" in second.hold_detail
    assert (second.hold_reason, len(office.mail.outbox)) == ("contact_share", 1)

    with transaction.atomic():
        freed = mailboxes.set_most_a_day(office.world.account, 2, by=SYSTEM)
        assert release.of_account(freed.account_ids, freed.addon) == 1
    assert office.after(second).state == "done"


@pytest.mark.parametrize("number", [0, 101])
def test_nobody_chooses_none_or_any_number(office: Office, number: int) -> None:
    with pytest.raises(Invalid):
        mailboxes.set_most_a_day(office.world.account, number, by=SYSTEM)
