"""The step *send an e-mail*, carried by whichever mailbox it names: the production runner, the SQL ledger, a played server."""

from __future__ import annotations

import pytest
from django.db import transaction

from hub.addons import catalog
from hub.audit.actor import SYSTEM
from hub.engine import review
from hub.history.models import Note
from hub.mail import resolving
from hub.mail.models import Mailbox, SentMail
from hub.testing import mail_faults as faults
from tests.engine.world import make_plan
from tests.mail.room.office import Office
from tests.mail.test_through_the_hub import MAILBOX, STEP, connect
from tests.support.people import make_account

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_account_s_default_mailbox_carries_a_mail(office: Office) -> None:
    office.mailbox()

    run = office.after(office.enroll())

    (mail,) = office.mail.outbox
    assert (run.state, run.addon) == ("done", "mail")
    assert (mail.subject, mail.to) == ("Welcome Ada0", ("ada@example.com",))
    assert mail.parsed["Auto-Submitted"] == "auto-generated"
    assert mail.parsed["X-Hub-Loop"]


def test_what_was_sent_is_a_row_and_a_line_in_the_history(office: Office) -> None:
    mailbox = office.mailbox()

    run = office.after(office.enroll())

    row = office.sent(run)
    assert (row.state, row.mailbox, row.to, row.subject) == ("sent", mailbox, "ada@example.com", "Welcome Ada0")
    assert row.message_id == office.mail.outbox[0].parsed["Message-ID"]
    note = Note.objects.get(run_id=run.pk, kind="step.done")
    assert note.data["text"] == "E-mail “Welcome Ada0” sent to ada@example.com from office@icloud.com."


def test_a_mailer_that_was_switched_on_under_add_ons_carries_it_without_a_mailbox(office: Office) -> None:
    connect(office.world, MAILBOX)

    run = office.after(office.enroll())

    assert run.state == "done"
    assert office.sent(run).mailbox is None


def test_the_assigned_user_s_own_mailbox_carries_it_where_the_step_says_so(office: Office) -> None:
    office.mailbox()
    bea = office.person("Bea")
    office.mailbox(bea, {**MAILBOX, "address": "bea@icloud.com"})
    office.plan(sender="assigned")

    office.after(office.enroll(assigned_user=bea))
    office.after(office.enroll("eve@example.com"))

    assert [mail.sender for mail in office.mail.outbox] == ["bea@icloud.com", "office@icloud.com"]


def test_a_person_s_mail_bears_their_first_name_and_the_company(office: Office) -> None:
    office.world.account.company = "Engines Ltd"
    office.world.account.save()
    bea = office.person("Bea")
    office.mailbox(bea, {**MAILBOX, "sender_name": ""})
    office.plan(sender=str(bea.pk))

    office.after(office.enroll())

    assert office.mail.outbox[0].parsed["From"] == "Bea Engines Ltd <office@icloud.com>"


def test_a_name_that_was_chosen_goes_before_all_others(office: Office) -> None:
    office.mailbox(sender_name="Ada of Acme")
    office.after(office.enroll())
    assert office.mail.outbox[0].parsed["From"] == "Ada of Acme <office@icloud.com>"

    Mailbox.objects.update(sender_name="")
    office.after(office.enroll())
    assert office.mail.outbox[1].parsed["From"] == "Acme <office@icloud.com>", "as its add-on's page has it"


def test_a_lost_answer_is_looked_up_where_it_was_sent_although_the_account_has_another_mailbox_now(
    office: Office,
) -> None:
    office.mail.fail(faults.dropped_after(acts=True))
    first = office.mailbox()
    run = office.after(office.enroll())
    assert (run.state, office.sent(run).state) == ("unknown", "unclear")

    bea = office.person("Bea")
    first.is_default = False
    first.save()
    office.mailbox(bea, {**MAILBOX, "address": "bea@gmx.net"}, is_default=True)
    office.after(run, minutes=3)

    assert (run.state, office.sent(run).state, office.sent(run).mailbox) == ("done", "sent", first)
    assert len(office.mail.outbox) == 1


def test_what_was_surely_not_sent_leaves_no_row(office: Office) -> None:
    office.mailbox()
    office.mail.fail(faults.wrong_password())

    run = office.after(office.enroll())

    assert run.state == "held"
    assert not SentMail.objects.exists()


def test_an_older_plan_s_step_of_a_mailer_goes_on_as_it_is(office: Office) -> None:
    office.mailbox()
    with transaction.atomic():
        office.world.plan = make_plan(office.world.account, [STEP], (), "none")

    run = office.after(office.enroll())

    assert (run.state, run.addon) == ("done", "smtp_custom")
    assert office.mail.outbox[0].subject == "Welcome Ada0"


def test_the_editor_offers_one_step_for_every_mailbox_and_no_mailer_s_own(office: Office) -> None:
    office.mailbox()

    offered = {action.type for action in catalog.action_types(office.world.account)}

    assert "mail.send" in offered
    assert "smtp_custom.mail" not in offered
    assert "smtp_custom.parser_mail" in offered


def test_a_mailbox_of_the_account_above_is_not_inherited(office: Office) -> None:
    office.mailbox()
    beneath = make_account("Beneath", office.world.account)

    assert resolving.takes(office.world.account.pk, "")
    assert not resolving.takes(beneath.pk, "")


def test_a_person_who_found_the_mail_in_sent_says_so_of_its_row(office: Office) -> None:
    office.mailbox(settings={**MAILBOX, "files_sent": False})
    office.mail.fail(faults.dropped_after(acts=True))
    run = office.after(office.enroll())
    assert (run.state, office.sent(run).state) == ("review", "unclear")

    with transaction.atomic():
        review.resolve(office.world.account.pk, run.pk, True, by=SYSTEM)

    assert office.sent(run).state == "sent"


def test_a_person_who_found_that_it_did_not_leave_takes_its_row_away(office: Office) -> None:
    office.mailbox(settings={**MAILBOX, "files_sent": False})
    office.mail.fail(faults.dropped_after(acts=False))
    run = office.after(office.enroll())

    with transaction.atomic():
        review.resolve(office.world.account.pk, run.pk, False, by=SYSTEM)

    assert not SentMail.objects.exists()
