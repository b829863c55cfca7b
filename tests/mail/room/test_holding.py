"""A mailbox that cannot send holds its mails and no others; they go on when it can again, and never by another way unasked."""

from __future__ import annotations

import pytest

from hub.addons import health
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.engine import release
from hub.engine.whynot import asking
from hub.mail import resolving
from hub.mail.mailboxes import reads as mailboxes
from hub.mail.models import Mailbox, MailHabits
from hub.plans import preview
from hub.plans.models import StepRun
from hub.users.models import Grant, User
from tests.mail.room.office import Office
from tests.mail.room.platform import platform_sender
from tests.mail.test_through_the_hub import MAILBOX
from tests.support.people import make_account

pytestmark = pytest.mark.django_db(transaction=True)


def held(run: StepRun) -> tuple[str, str]:
    run.refresh_from_db()
    return run.state, run.hold_reason


def test_without_any_mailbox_a_mail_waits_and_says_who_acts(office: Office) -> None:
    run = office.after(office.enroll())

    assert held(run) == ("held", "settings_incomplete")
    assert run.hold_detail.startswith("This account has no mailbox that sends its e-mails. An admin can connect one")

    office.mailbox()
    assert release.of_account([office.world.account.pk]) == 1
    assert office.after(run).state == "done"


def test_a_mailbox_that_is_off_holds_its_mails_until_it_is_on_again(office: Office) -> None:
    mailbox = office.mailbox(enabled=False)
    run = office.after(office.enroll())

    assert held(run) == ("held", "addon_off")
    assert run.hold_detail.startswith("The mailbox office@icloud.com is switched off. An admin can switch it on")
    assert release.sweep() == 0, "the cause has not gone"

    Mailbox.objects.filter(pk=mailbox.pk).update(enabled=True)
    assert release.sweep() == 1
    assert office.after(run).state == "done"


def test_a_disconnected_mailbox_holds_its_mails(office: Office) -> None:
    office.mailbox()
    Mailbox.objects.update(connection=None)

    run = office.after(office.enroll())

    assert held(run) == ("held", "settings_incomplete")
    assert "office@icloud.com is not connected" in run.hold_detail


def test_a_lost_sign_in_holds_the_mails_of_that_mailbox_alone(office: Office) -> None:
    office.mailbox()
    bea = office.person("Bea")
    hers = office.mailbox(bea, {**MAILBOX, "address": "bea@icloud.com"})
    assert hers.connection is not None
    health.set_health(hers.connection.pk, Connection.Health.NEEDS_SIGN_IN, "revoked", by=SYSTEM)
    office.plan(sender="assigned")

    run = office.after(office.enroll(assigned_user=bea))
    other = office.after(office.enroll("eve@example.com"))

    assert held(run) == ("held", "connection")
    assert "asks for a new sign-in to the mailbox bea@icloud.com. Bea" in run.hold_detail
    assert other.state == "done"

    health.set_health(hers.connection.pk, Connection.Health.OK, "", by=SYSTEM)
    release.of_account([office.world.account.pk], "smtp_custom")
    assert office.after(run).state == "done"
    assert office.mail.outbox[-1].sender == "bea@icloud.com"


def test_nothing_leaves_in_the_name_of_who_has_no_role_in_the_account_any_more(office: Office) -> None:
    bea = office.person("Bea")
    office.mailbox(bea, {**MAILBOX, "address": "bea@icloud.com"}, is_default=True)
    office.plan()
    grant = Grant.objects.get(user=bea)
    Grant.objects.filter(pk=grant.pk).update(account=make_account("Elsewhere"))

    run = office.after(office.enroll())

    assert held(run) == ("held", "addon_off")
    assert run.hold_detail.startswith("Bea has no role in this account any more, so nothing is sent from the mailbox")
    assert mailboxes.standing(mailboxes.of(office.world.account)[0]).code == "left"

    Grant.objects.filter(pk=grant.pk).update(account=None)
    assert release.sweep() == 1, "a role on the platform counts here, too"


@pytest.mark.parametrize("sender", ["assigned", "named", "the default"])
def test_nothing_leaves_in_the_name_of_who_is_archived(office: Office, sender: str) -> None:
    bea = office.person("Bea")
    office.mailbox(bea, {**MAILBOX, "address": "bea@icloud.com"}, is_default=sender == "the default")
    office.plan(sender={"assigned": "assigned", "named": str(bea.pk)}.get(sender, ""))
    User.objects.filter(pk=bea.pk).update(state=User.State.ARCHIVED)

    run = office.after(office.enroll(assigned_user=bea))

    assert held(run) == ("held", "addon_off")
    assert run.hold_detail.startswith("Bea is archived, so nothing is sent from the mailbox bea@icloud.com. An admin")
    assert resolving.people(office.world.account.pk) == []
    assert mailboxes.standing(mailboxes.of(office.world.account)[0]).code == "left"
    assert release.sweep() == 0

    User.objects.filter(pk=bea.pk).update(state=User.State.ACTIVE)
    assert release.sweep() == 1
    assert office.after(run).state == "done"


def test_whom_the_step_names_must_have_a_mailbox(office: Office) -> None:
    office.mailbox()
    office.plan(sender=str(office.person("Bea").pk))

    run = office.after(office.enroll())

    assert held(run) == ("held", "settings_incomplete")
    assert run.hold_detail.startswith("Whom the step names as its sender has no mailbox in this account.")


def test_an_account_may_choose_that_the_platform_s_sender_carries_what_its_mailbox_cannot(office: Office) -> None:
    office.mailbox(enabled=False)
    with platform_sender():
        first = office.after(office.enroll())
        assert first.state == "held"

        MailHabits.objects.create(account=office.world.account, falls_back=True)
        release.sweep()
        office.after(first)

    assert first.state == "done"
    assert office.mail.outbox[0].sender == "hub@platform.example"


def test_why_names_the_mailbox_and_who_acts(office: Office) -> None:
    office.mailbox(enabled=False)
    run = office.after(office.enroll())

    contact = Contact.objects.get(pk=run.contact_id)
    stop = asking.why(contact, run.enrollment.plan, run.plan_step.key, office.world.clock.now()).stop

    assert stop is not None
    assert stop.code == "addon_off"
    assert "The mailbox office@icloud.com is switched off. An admin can switch it on" in stop.sentence


def test_the_preview_names_the_mailbox_too(office: Office) -> None:
    office.mailbox(enabled=False)
    contact = office.world.contacts(1, email="ada@example.com")[0]
    version = office.world.plan.versions.get()

    (step,) = preview.of(version, contact, office.world.clock.now()).steps

    assert step.problems[0].startswith("The mailbox office@icloud.com is switched off.")
