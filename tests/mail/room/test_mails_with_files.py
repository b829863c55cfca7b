"""A mail brings its files along, attached or as links, and says so where one is gone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.dispatch.post.said import Stage
from hub.history.models import Note
from hub.mail.files import changes
from hub.mail.models import SentMail
from hub.plans.models import StepRun
from hub.testing import mail_faults as faults
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.4 prices"


def test_a_file_is_attached_and_another_step_gives_its_link(office: Office, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.test"
    office.mailbox()
    row = changes.add(office.world.account, "Price list.pdf", PDF, by=SYSTEM)

    office.plan(files=[str(row.uid)], files_as="attached", kind="personal")
    office.after(office.enroll())
    office.plan(files=[str(row.uid)], files_as="as links", kind="personal", html="<p>Hello</p>")
    office.after(office.enroll("bea@example.com"))

    first, second = office.mail.outbox
    (part,) = [part for part in first.parsed.walk() if part.get_filename()]
    assert (part.get_filename(), part.get_payload(decode=True)) == ("Price list.pdf", PDF)
    text = second.parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
    assert "Files:\n- Price list.pdf (1 kB): https://hub.test/mail/file/" in text
    way = text.partition("https://hub.test")[2].split()[0]
    assert Client().get(way).content == PDF


def test_a_file_of_another_account_is_not_there(office: Office) -> None:
    from tests.support.people import make_account

    office.mailbox()
    foreign = changes.add(make_account("Elsewhere"), "a.pdf", PDF, by=SYSTEM)
    office.plan(files=[str(foreign.uid)])

    run = office.after(office.enroll())

    assert (run.state, office.mail.outbox) == ("failed", [])
    assert "not there any more" in str(run.result)


BLOCKED = faults.said("blocked", Stage.DOT, 552, "5.7.0 this message was blocked for its content")


def with_a_file(office: Office) -> StepRun:
    """A mail with its file attached, once the provider has seen it."""
    office.mailbox()
    row = changes.add(office.world.account, "Price list.pdf", PDF, by=SYSTEM)
    office.plan(files=[str(row.uid)], files_as="attached", kind="personal")
    return office.after(office.enroll())


def test_a_mail_that_is_refused_with_its_file_goes_out_once_more_with_a_link(office: Office, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.test"
    office.mail.fail(BLOCKED)
    run = with_a_file(office)
    assert (run.state, office.mail.outbox, SentMail.objects.count()) == ("scheduled", [], 0)
    assert "blocked for its content. It goes out once more, with links" in run.hold_detail

    office.after(run, minutes=5)

    (mail,) = office.mail.outbox
    assert run.state == "done"
    assert [part.get_filename() for part in mail.parsed.walk() if part.get_filename()] == []
    assert "Price list.pdf (1 kB): https://hub.test/mail/file/" in mail.text
    first, last = Note.objects.filter(run_id=run.pk).order_by("pk")
    assert "blocked for its content" in first.data["text"]
    assert "Its files went as links: with them it was refused" in last.data["text"]


def test_a_second_refusal_ends_the_step(office: Office, settings: Any) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.test"
    office.mail.fail(BLOCKED, BLOCKED)

    run = office.after(with_a_file(office), minutes=5)

    assert (run.state, office.mail.outbox, office.mail.calls.count("send")) == ("failed", [], 2)


@pytest.mark.parametrize(
    ("fault", "public", "state"),
    [
        (BLOCKED, "", "failed"),
        (faults.FOR_CONTACT[0], "https://hub.test", "failed"),
        (faults.dropped_after(acts=False), "https://hub.test", "unknown"),
        (faults.wrong_password(), "https://hub.test", "held"),
    ],
    ids=["there is nothing to link to", "the recipient was refused", "perhaps it left", "nobody looked at the mail"],
)
def test_what_is_no_clean_refusal_of_a_mail_with_files_goes_its_usual_way(
    office: Office, settings: Any, fault: faults.MailFault, public: str, state: str
) -> None:
    settings.HUB_PUBLIC_URL = public
    office.mail.fail(fault)

    assert with_a_file(office).state == state
    assert office.mail.calls == ["send"]
