"""The platform's own sender: for accounts without a mailbox, with answers to the account's own address."""

from __future__ import annotations

import pytest

from hub.testing import mail_faults as faults
from tests.mail.room.office import Office
from tests.mail.room.platform import platform_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def northside(office: Office) -> None:
    account = office.world.account
    account.company, account.first_name, account.email = "Engines Ltd", "Ada", "ada@engines.example"
    account.save()


def test_an_account_without_a_mailbox_sends_through_the_platform(office: Office) -> None:
    with platform_sender():
        run = office.after(office.enroll())

    (mail,) = office.mail.outbox
    assert run.state == "done"
    assert mail.parsed["From"] == "Ada Engines Ltd <hub@platform.example>"
    assert mail.parsed["Reply-To"] == "ada@engines.example"
    assert office.sent(run).mailbox is None


def test_a_lost_answer_of_the_platform_s_server_asks_a_person(office: Office) -> None:
    office.mail.fail(faults.dropped_after(acts=True))
    with platform_sender():
        run = office.after(office.enroll())

    assert run.state == "review"
    assert office.sent(run).state == "unclear"


def test_an_account_with_a_mailbox_sends_nothing_through_the_platform(office: Office) -> None:
    office.mailbox()
    with platform_sender():
        office.after(office.enroll())

    assert office.mail.outbox[0].sender == "office@icloud.com"
