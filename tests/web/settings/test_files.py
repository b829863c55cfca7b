"""Settings → Files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db


def test_a_file_is_added_offered_in_steps_and_taken_away(enter: Any) -> None:
    from hub.mail.models import MailFile

    account = make_account("Engines")
    where = f"/a/{account.pk}/settings/files"
    browser = enter(make_user(account, "admin", "ada"))
    assert "No files yet" in browser.get(where).content.decode()

    answer = browser.post(where, {"file": SimpleUploadedFile("Price list.pdf", b"%PDF-1.4 x")})

    assert answer.status_code == 302
    row = MailFile.objects.get(account=account)
    assert (row.name, row.kind, bytes(row.content), row.by) == (
        "Price list.pdf",
        "application/pdf",
        b"%PDF-1.4 x",
        "Ada",
    )
    assert "Price list.pdf" in browser.get(where).content.decode()
    assert browser.post(f"{where}/{row.pk}/away").status_code == 302
    browser.get(where)  # says that it is gone
    assert "No files yet" in browser.get(where).content.decode()


@pytest.mark.parametrize("given", [("virus.exe", b"MZ"), ("a.pdf", b"MZ"), ("a.pdf", b"")])
def test_what_is_not_taken_is_told_beside_its_field(enter: Any, given: tuple[str, bytes]) -> None:
    account = make_account("Engines")
    browser = enter(make_user(account, "admin", "ada"))

    answer = browser.post(f"/a/{account.pk}/settings/files", {"file": SimpleUploadedFile(*given)})

    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()


def test_a_foreign_file_is_nobody_s(enter: Any) -> None:
    from hub.audit.actor import SYSTEM
    from hub.mail.files import changes

    row = changes.add(make_account("Elsewhere"), "a.pdf", b"%PDF-", by=SYSTEM)
    account = make_account("Engines")
    browser = enter(make_user(account, "admin", "ada"))

    assert browser.post(f"/a/{account.pk}/settings/files/{row.pk}/away").status_code == 404
    row.refresh_from_db()
    assert row.withdrawn_at is None
