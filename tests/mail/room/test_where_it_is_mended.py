"""An e-mail that waits for its mailbox leads to the page of the mailboxes, and not to an add-on that nobody can switch."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from hub.mail.models import Mailbox
from tests.mail.room.office import Office
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"enabled": False}, "The mailbox is not in use"), ({"connection": None}, "No mailbox can send it")],
    ids=["off", "disconnected"],
)
def test_a_held_e_mail_leads_to_where_its_mailbox_is_mended(
    office: Office, change: dict[str, object], words: str
) -> None:
    office.mailbox()
    Mailbox.objects.update(**change)
    run = office.after(office.enroll())
    here = f"/a/{office.world.account.pk}"
    browser = Client()
    browser.force_login(make_user(office.world.account, "admin", "boss"))

    for place in (f"runs/{run.pk}", "runs/inbox", f"contacts/{run.contact_id}"):
        text = html.unescape(browser.get(f"{here}/{place}").content.decode())
        assert f'href="{here}/settings/email/all"' in text, place
        assert f'href="{here}/add-ons/mail"' not in text, place
    assert words in html.unescape(browser.get(f"{here}/runs/{run.pk}").content.decode())
    assert browser.get(f"{here}/settings/email/all").status_code == 200
