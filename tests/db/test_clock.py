"""What time it is, and who says so."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.db import clock
from hub.db.clock import DatabaseClock, VirtualClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_virtual_clock_stands_still_until_it_is_moved() -> None:
    with clock.use(VirtualClock(NOON)) as virtual:
        assert clock.now() == clock.now() == clock.real_now() == NOON

        virtual.advance(days=2, minutes=5)  # type: ignore[attr-defined]

        assert clock.now() == NOON + timedelta(days=2, minutes=5)


def test_the_clock_before_is_back_afterwards_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), clock.use(VirtualClock(NOON)):
        _ = 1 // 0

    assert clock.real_now() != NOON


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(NOON.replace(tzinfo=None))


@pytest.mark.django_db
def test_the_clock_in_force_is_near_this_hosts_and_aware() -> None:
    now = clock.now()

    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.django_db
def test_a_file_moves_the_work_and_not_the_people_at_the_door(settings, tmp_path: Path) -> None:
    settings.HUB_CLOCK_FILE = tmp_path / "offset"
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=30)

    settings.HUB_CLOCK_FILE.write_text("86400\n")
    assert timedelta(hours=23) < clock.now() - clock.real_now() < timedelta(hours=25)

    settings.HUB_CLOCK_FILE.write_text("172800.5")
    os.utime(settings.HUB_CLOCK_FILE, ns=(1, 1))
    assert clock.now() - clock.real_now() > timedelta(hours=47)

    settings.HUB_CLOCK_FILE.write_text("not a number at all")
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=30)


def test_the_database_is_asked_once_and_then_carried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """This host's wall clock is never looked at: the counter says how much later it is."""
    counter, asked = [100.0], []
    monkeypatch.setattr(clock, "_steady", lambda: counter[0])
    database = DatabaseClock()
    monkeypatch.setattr(
        database, "_ask", lambda: asked.append(1) or (counter[0], NOON + timedelta(days=len(asked) - 1))
    )

    assert database.now() == NOON
    counter[0] += 4
    assert database.now() == NOON + timedelta(seconds=4)
    counter[0] += 2
    assert database.now() == NOON + timedelta(days=1)
    assert len(asked) == 2
