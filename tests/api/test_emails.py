"""An e-mail by API: accepted at once, sent through the account's own mailer, once, and refused plainly where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.contacts.models import Contact
    from tests.api.conftest import Program
    from tests.mail.test_through_the_hub import Sending

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = {"subject": "Hello {{client.firstName}}", "text": "Your class begins at six."}


@pytest.fixture
def house() -> Iterator[Sending]:
    """An account with a mailbox, and the server that it sends through."""
    from hub_smtp_custom import addon

    from hub.testing.mail import MailServer
    from tests.engine.world import make_world
    from tests.mail.test_through_the_hub import MAILBOX, Sending, connect

    with make_world(more_addons=[addon]) as world:
        connect(world, MAILBOX)
        mail = MailServer(world.clock.now)
        world.runner._outside.office = mail
        yield Sending(world, mail)


@pytest.fixture
def program(house: Sending, keys_of: Callable[..., Program]) -> Program:
    return keys_of(house.world.account)


@pytest.fixture
def ada(house: Sending) -> Contact:
    (found,) = house.world.contacts(1, first_name="Ada", email="ada@example.com")
    return found


def switch_off(house: Sending) -> None:
    from django.db import transaction

    from hub.addons import changes
    from hub.audit.actor import SYSTEM

    with transaction.atomic():
        changes.disable(house.world.account, "smtp_custom", by=SYSTEM)


def test_it_is_accepted_sent_with_its_tokens_filled_and_told_in_the_history(
    house: Sending, program: Program, ada: Contact
) -> None:
    asked = program.post(f"/api/contacts/{ada.pk}/emails", MAIL)
    assert (asked.status_code, asked.json()["state"], asked.json()["mailer"]) == (202, "scheduled", "")

    house.world.work()

    (sent,) = house.mail.outbox
    assert (sent.to, sent.parsed["Subject"]) == (("ada@example.com",), "Hello Ada")
    now = program.get(f"/api/contacts/{ada.pk}/emails/{asked.json()['id']}").json()
    assert now["state"] == "done"
    told = [line["sentence"] for line in program.get(f"/api/contacts/{ada.pk}/notes").json()["notes"]]
    assert told[0].startswith("Step “Integration Assignment: Hello")
    assert told[1].startswith("Integration Assignment: ")
    assert program.get(f"/api/contacts/{ada.pk}/enrollments").json() == {"enrollments": []}


def test_the_same_call_again_sends_no_second_mail(house: Sending, program: Program, ada: Contact) -> None:
    first, again = (program.post(f"/api/contacts/{ada.pk}/emails", MAIL, idempotency_key="k1") for _ in range(2))
    house.world.work_for(seconds=20)

    assert first.json()["id"] == again.json()["id"]
    assert len(house.mail.outbox) == 1


def test_it_may_wait_for_its_time(house: Sending, program: Program, ada: Contact) -> None:
    at = (house.world.clock.now() + timedelta(hours=2)).isoformat()
    asked = program.post(f"/api/contacts/{ada.pk}/emails", MAIL | {"send_at": at})
    assert asked.status_code == 202, asked.content

    house.world.work()
    assert house.mail.outbox == []
    house.world.clock.advance(hours=2)
    house.world.work()

    assert len(house.mail.outbox) == 1


def test_without_a_mailer_it_says_who_acts_and_nothing_is_kept(house: Sending, program: Program, ada: Contact) -> None:
    from hub.plans.models import Plan

    switch_off(house)

    refused = program.post(f"/api/contacts/{ada.pk}/emails", MAIL)
    former = program.post("/v2/api/create_manual_email", {"client_id": ada.pk, "subject": "Hi", "body": "Hello"}).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "no_mailer")
    assert "Switch one on under Add-Ons" in refused.json()["detail"]
    assert former["ResultCode"] == "CT_400"
    assert "No add-on that sends e-mail is on" in former["Message"]
    assert not Plan.objects.exclude(kind="plan").exists()


def test_a_mailer_that_is_not_there_is_no_reason_to_send_an_admin_to_the_add_ons(
    house: Sending, program: Program, ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's mailbox is the account's default: no add-on of the account's sends, and mails go out."""
    from hub.plans import senders

    switch_off(house)
    monkeypatch.setattr(senders, "_takes", lambda account_id, sender: sender == "")

    refused = program.post(f"/api/contacts/{ada.pk}/emails", MAIL | {"mailer": "nonsense"})

    assert (refused.status_code, refused.json().get("fields")) == (
        422, {"mailer": "There is no such mailer here. Leave it out, and the account's default mailbox sends."}
    )  # fmt: skip


def test_an_accepted_mail_waits_where_the_add_on_is_switched_off_and_goes_on(
    house: Sending, program: Program, ada: Contact
) -> None:
    asked = program.post(f"/api/contacts/{ada.pk}/emails", MAIL).json()
    switch_off(house)

    house.world.work()

    now = program.get(f"/api/contacts/{ada.pk}/emails/{asked['id']}").json()
    assert (now["state"], now["hold_reason"]) == ("held", "addon_off")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"subject": " ", "text": "x"}, "subject"),
    ({"subject": "x", "text": ""}, "text"),
    ({"subject": "x", "text": "{{client.nonsense}}"}, "text"),
    ({**MAIL, "mailer": "postpigeon.mail_card"}, "mailer"),
    ({**MAIL, "send_at": "2099-01-01T00:00:00Z"}, "send_at"),
    ({**MAIL, "html": "<b>"}, "html"),
]


def test_what_is_wrong_is_said_by_its_field(house: Sending, program: Program, ada: Contact) -> None:
    for body, field in WRONG:
        refused = program.post(f"/api/contacts/{ada.pk}/emails", body)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [field]), refused.content

    (bea,) = house.world.contacts(1)
    assert list(program.post(f"/api/contacts/{bea.pk}/emails", MAIL).json()["fields"]) == ["contact_id"]
    assert program.post("/api/contacts/999999/emails", MAIL).status_code == 404


def test_the_former_systems_call_does_the_same(house: Sending, program: Program, ada: Contact) -> None:
    given = {"client_id": str(ada.pk), "subject": "Hello", "body": "At six."}

    done = program.post("/v2/api/create_manual_email", given).json()
    later = program.post("/v2/api/create_manual_email", given | {"date_time": "2026-03-02 23:00:00"}).json()
    odd = program.post("/v2/api/create_manual_email", given | {"date_time": "tomorrow"}).json()
    house.world.work_for(seconds=10)

    assert (done["ResultCode"], later["ResultCode"], odd["ResultCode"]) == ("CT_200", "CT_200", "CT_400")
    assert set(done["data"][0]) == {"client_id", "external_id", "email_id"}
    assert len(house.mail.outbox) == 1


def test_a_test_is_no_mail_that_was_asked_for(house: Sending, program: Program, ada: Contact) -> None:
    from hub.plans.models import StepRun

    asked = program.post(f"/api/contacts/{ada.pk}/emails", MAIL).json()
    StepRun.objects.update(kind="test")

    assert program.get(f"/api/contacts/{ada.pk}/emails/{asked['id']}").status_code == 404
    assert program.get(f"/api/contacts/{ada.pk}/runs").json()["runs"] == []
