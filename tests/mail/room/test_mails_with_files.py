"""A mail brings its files along, attached or as links, and says so where one is gone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.mail.files import changes
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
