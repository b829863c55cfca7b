"""Time zones that are known, and those that are not."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.process.checkup import times
from tests.process.test_checkup import told
from tests.support.people import make_account

pytestmark = pytest.mark.django_db


def test_the_data_is_there() -> None:
    (line,) = told(times.zones(), "ok")

    assert "time zones:" in line
    assert "are known (tzdata" in line


def test_a_stripped_system_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "available_timezones", lambda: {"UTC", "Etc/UTC"})

    (line,) = told(times.zones(), "bad")

    assert "only 2 are known here" in line
    assert "install the package tzdata" in line


def test_an_account_whose_zone_is_none_is_an_admins_business() -> None:
    account = make_account("Northside")
    Account.objects.filter(pk=account.pk).update(time_zone="Mars/Olympus")

    (line,) = told(times.zones(), "warn")

    assert "1 accounts name the zone 'Mars/Olympus'" in line
    assert "An admin of the account acts:" in line
