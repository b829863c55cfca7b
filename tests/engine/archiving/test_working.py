"""When the archive works: in portions, each a message of its own, and never while steps are late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from hub.db import settings as live
from hub.engine import actors
from hub.engine.archiving import working
from hub.engine.archiving.models import ArchivedRun
from hub.engine.archiving.moving import Portion
from hub.process import duties
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Messages that were sent."""
    found: list[str] = []
    monkeypatch.setattr(actors.archive, "send", lambda: found.append("archive"))
    monkeypatch.setattr(actors.turns, "give_way", lambda: found.append("gave way"))
    return found


def over_for(world: World, days: int) -> None:
    world.enroll(1)
    world.work()
    world.clock.advance(days=days)


def test_after_ninety_days_unless_told_otherwise(world: World, rung: list[str]) -> None:
    over_for(world, days=89)
    actors.archive()
    assert not ArchivedRun.objects.exists()
    world.clock.advance(days=2)

    actors.archive()

    assert ArchivedRun.objects.count() == 1
    assert rung == []  # there is no other portion


def test_kept_for_ever_nothing_moves_and_nobody_is_asked(world: World, rung: list[str]) -> None:
    over_for(world, days=1_000)

    with override_settings(HUB_KEEP_RUNS_DAYS=0):
        actors.archive()
        duties.archive()

    assert not ArchivedRun.objects.exists()
    assert rung == []


def test_others_have_their_turn_between_two_portions(rung: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "portion", lambda: Portion(200, 200, 400, more=True))

    actors.archive()

    assert rung == ["gave way", "archive"]


def test_while_steps_are_late_the_next_portion_waits(
    world: World, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "portion", lambda: Portion(200, 200, 400, more=True))
    world.enroll(1)
    world.clock.advance(seconds=timedelta(seconds=6).total_seconds())

    actors.archive()

    assert rung == []


@pytest.mark.parametrize(("text", "days"), [("", 90), ("0", 0), ("31", 31), ("400", 400)])
def test_days_that_can_be_used(monkeypatch: pytest.MonkeyPatch, text: str, days: int) -> None:
    monkeypatch.setenv("HUB_KEEP_RUNS_DAYS", text)

    assert live._days("HUB_KEEP_RUNS_DAYS", default=90, least=31) == days


@pytest.mark.parametrize("text", ["30", "-1", "a week", "1.5", "9" * 9])
def test_days_that_cannot_are_refused_with_the_variables_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HUB_KEEP_RUNS_DAYS", text)

    with pytest.raises(ImproperlyConfigured, match="HUB_KEEP_RUNS_DAYS is a number of days from 31"):
        live._days("HUB_KEEP_RUNS_DAYS", default=90, least=31)


@pytest.mark.parametrize("text", ["0", "65536", "http", "127.0.0.1:9464"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HUB_METRICS_PORT", text)

    with pytest.raises(ImproperlyConfigured, match="HUB_METRICS_PORT is a port"):
        live._port("HUB_METRICS_PORT")


def test_the_ticker_has_it_among_its_duties() -> None:
    names: list[Any] = [duty.name for duty in duties.duties()]

    assert "archive" in names
