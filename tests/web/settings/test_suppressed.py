"""Settings → Suppressed addresses."""

from __future__ import annotations

from typing import Any

import pytest

from hub.audit.models import AuditRow
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Any:
    return make_account("Engines")


def where(account: Any, more: str = "") -> str:
    return f"/a/{account.pk}/settings/suppressed{more}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def listed(account: Any) -> list[str]:
    from hub.mail.models import Suppression

    return list(Suppression.objects.filter(account=account).order_by("address").values_list("address", flat=True))


def test_addresses_are_entered_found_exported_and_taken_away(enter: Any, account: Any) -> None:
    browser = enter(make_user(account, "admin", "ada"))
    assert "Nobody is on this list" in text(browser.get(where(account)))

    for address in ("Zoe@example.com", "ann@example.com", "=cmd@example.com"):
        assert browser.post(where(account, "/add"), {"address": address}).status_code == 302

    assert listed(account) == ["=cmd@example.com", "ann@example.com", "zoe@example.com"]
    browser.get(where(account))  # says that they were entered
    found = text(browser.get(where(account, "?q=ZOE")))
    assert "zoe@example.com" in found
    assert "ann@example.com" not in found
    assert "No address matches" in text(browser.get(where(account, "?q=nobody")))
    sheet = b"".join(browser.post(where(account, "/export?q=")).streaming_content).decode()
    assert sheet.startswith("\ufeffAddress,Why,Since,By\r\n'=cmd@example.com,Entered by hand,")
    assert AuditRow.objects.filter(verb="exported", object_kind="address").count() == 1

    from hub.mail.suppressing import reads

    row = reads.of(account, "zoe@example.com")
    assert row is not None
    assert "Write to zoe@example.com again?" in text(browser.get(where(account, f"/{row.pk}/away")))
    assert browser.post(where(account, f"/{row.pk}/away")).status_code == 302
    assert listed(account) == ["=cmd@example.com", "ann@example.com"]


@pytest.mark.parametrize("typed", ["", "no address", "a@b@c"])
def test_what_is_no_address_is_told_beside_its_field(enter: Any, account: Any, typed: str) -> None:
    answer = enter(make_user(account, "admin", "ada")).post(where(account, "/add"), {"address": typed})

    assert answer.status_code == 422
    assert "field-error" in text(answer)
    assert listed(account) == []


def test_twice_is_told_and_a_foreign_entry_is_nobody_s(enter: Any, account: Any) -> None:
    from hub.mail.suppressing import reads

    browser = enter(make_user(account, "admin", "ada"))
    browser.post(where(account, "/add"), {"address": "ann@example.com"})

    assert "already" in text(browser.post(where(account, "/add"), {"address": "ann@example.com"}))
    other = make_account("Elsewhere")
    stranger = enter(make_user(other, "admin", "eve"))
    row = reads.of(account, "ann@example.com")
    assert row is not None
    assert stranger.post(where(other, f"/{row.pk}/away")).status_code == 404
    assert listed(account) == ["ann@example.com"]


def test_looking_is_one_permission_and_changing_another(enter: Any, account: Any) -> None:
    ada = make_user(account, "admin", "ada")
    ada.grants.update(withdrawn=["suppressions.edit"])
    browser = enter(ada)

    assert "Add an address" not in text(browser.get(where(account)))
    assert browser.post(where(account, "/add"), {"address": "ann@example.com"}).status_code == 403
    ada.grants.update(withdrawn=["suppressions.view"])
    assert browser.get(where(account)).status_code == 403
