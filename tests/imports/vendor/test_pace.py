"""An import takes room from the same rate as the steps, and lets them go first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.core import Rate
from hub.imports.vendor import pace

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
TEN = Rate(10, per="minute")  # one every six seconds
TURN = timedelta(seconds=5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(account: Account) -> Connection:
    return Connection.objects.create(account=account, addon="gym", changed_at=NOW)


def test_pages_are_taken_from_the_rate_until_it_is_used_up(connection: Connection) -> None:
    moments = [pace.take(connection.pk, TEN, NOW, TURN) for _ in range(40)]

    free = sum(moment == NOW for moment in moments)
    assert 1 <= free <= 11
    assert moments[-1] > NOW + TURN  # then none is taken, however often it is asked
    assert moments[-1] == moments[-2]


def test_steps_that_stand_in_line_go_first(connection: Connection) -> None:
    Connection.objects.update(line_at=NOW + timedelta(seconds=30))

    assert pace.take(connection.pk, TEN, NOW, TURN) == NOW + timedelta(seconds=30)


def test_a_vendor_without_a_rate_is_asked_at_once(connection: Connection) -> None:
    assert pace.take(connection.pk, None, NOW, TURN) == NOW
