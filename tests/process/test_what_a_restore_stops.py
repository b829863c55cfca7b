"""After a restore nothing puts contacts on plans, or tries steps again, that nobody asked for since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from hub.arrivals import reads as arrivals
from hub.arrivals.models import Arrival
from hub.audit.actor import SYSTEM
from hub.engine.replaying import working
from hub.engine.replaying.models import Replay
from hub.imports.models import Import, ImportSchedule
from hub.imports.vendor import reads as imports
from hub.notifications.models import Notification
from hub.process import alone, archive, restoring
from hub.process.archive import About
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def stopped(world: World) -> restoring.Stopped:
    with transaction.atomic():
        return restoring.stop_what_would_send(world.clock.now(), SYSTEM)


def test_no_hub_can_be_started_while_a_restore_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def unpacked(file: Path, copy: Path) -> None:
        seen.append(alone.is_running(tmp_path))
        raise archive.BadBackup("it ends here")

    monkeypatch.setattr(settings, "HUB_HOME", tmp_path)
    monkeypatch.setattr(restoring, "database", lambda: tmp_path / "hub.sqlite3")
    monkeypatch.setattr(archive, "unpack", unpacked)

    with pytest.raises(archive.BadBackup):
        restoring.restore(
            tmp_path / "backup", About("2026-03-02T09:00:00+00:00", "bcdfghjk", "1", False), take_keys=False, by=SYSTEM
        )

    assert seen == [True]
    assert not alone.is_running(tmp_path)


def test_a_timetable_goes_off_and_those_in_charge_are_told(world: World) -> None:
    """Whoever came since the backup is not here any more, and would come as if new."""
    make_user(world.account, "owner", "grace")
    ImportSchedule.objects.create(
        account=world.account, addon="postpigeon", trigger="clients", on=True, next_at=world.clock.now()
    )

    assert stopped(world).timetables == 1

    world.clock.advance(hours=2)
    assert imports.due(world.clock.now()) == []
    (told,) = Notification.objects.all()
    assert (told.kind, told.data["name"]) == ("import.failed", "PostPigeon")
    assert told.url == f"/a/{world.account.pk}/add-ons/postpigeon/import"


def test_what_nobody_had_handled_waits_until_somebody_plays_it_again(world: World) -> None:
    now = world.clock.now()
    row = Arrival.objects.create(
        account=world.account, connection=world.connection(), addon="postpigeon", name="card.mailed", key="k", body=b"{}",
        lease_until=now, received_at=now,
    )  # fmt: skip

    assert stopped(world).deliveries == 1

    assert arrivals.stuck(now + timedelta(hours=1)) == []
    row.refresh_from_db()
    assert (row.state, row.problem.partition(",")[0]) == ("failed", "The hub was restored from a backup")


def test_a_replay_ends_where_it_was(world: World) -> None:
    now = world.clock.now()
    Replay.objects.create(account_id=world.account.pk, token="t", asked=3, created_at=now, lease_until=now)

    assert stopped(world).replays == 1

    world.clock.advance(hours=1)
    assert working.stuck() == []
    assert not working.begin(Replay.objects.get().pk, 0)


def test_an_import_ends_where_it_was(world: World) -> None:
    now = world.clock.now()
    Import.objects.create(account=world.account, name="clients.csv", state="running", created_at=now, lease_until=now)

    assert stopped(world).imports == 1

    assert Import.objects.get().state == "cancelled"
