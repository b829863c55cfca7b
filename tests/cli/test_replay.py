"""`hub replay` counts first, and tries again what failed in a window of time, or one step."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.audit.models import AuditRow
from hub.cli import named_step
from hub.cli import replay as command
from hub.cli.trouble import Stop
from hub.db.errors import Conflict
from hub.plans.models import StepRun
from hub.process import start
from tests.engine.guards.gifthouse import TAG, gift_world
from tests.engine.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("django", "ready_database", "plugins"):
        monkeypatch.setattr(start, name, lambda **_: None)
    monkeypatch.setattr(named_step, "at_hand", lambda: None)
    with gift_world(TAG) as made:
        yield made


def fail(world: World, number: int) -> list[StepRun]:
    world.vendor.answers = [lambda request: httpx.Response(422)] * number
    runs = world.enroll(number)
    world.work()
    return runs


def said(capsys: pytest.CaptureFixture[str], **given: Any) -> str:
    words = {
        "run": "", "account": "", "since": "", "until": "", "addon": "", "plan": "", "cause": "", "what": "both", "reason": "",
        "go": False,
    }  # fmt: skip
    assert command.run(argparse.Namespace(**{**words, **given})) == 0
    return capsys.readouterr().out


def test_it_counts_and_does_nothing_until_it_is_told_to(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    fail(world, 3)
    account = str(world.account.pk)

    counted = said(
        capsys, account=account, what="failed", since="2026-03-01", addon="gifthouse", plan=str(world.plan.pk)
    )
    none = said(capsys, account=account, until="2026-03-01 14:00", go=True)
    done = said(capsys, account=account, go=True, reason="the vendor was wrong")
    world.work()

    assert "3 steps of Northside, 0 of them cost money." in counted
    assert "--go" in counted
    assert none.startswith("0 steps")
    assert "3 steps tried again." in done
    assert len(world.vendor.cards) == 3
    row = AuditRow.objects.get(verb="replayed")
    assert row.data["reason"] == "the vendor was wrong"
    assert "command line" in row.actor_label


def test_one_step_by_its_id_or_by_the_reference_that_the_vendor_has(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    [run] = fail(world, 1)

    assert "can be tried again" in said(capsys, run=str(run.pk))
    assert not StepRun.objects.filter(hold_reason="retried").exists()
    assert "is tried again" in said(capsys, run=f"hub-abcdefgh-{run.pk.hex}-0", go=True)
    with pytest.raises(Conflict):
        said(capsys, run=str(run.pk), go=True)
    world.work()

    assert len(world.vendor.cards) == 1


def test_what_cannot_be_meant_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for given in ({}, {"run": "x", "account": "1"}, {"run": "0" * 32}):
        with pytest.raises(Stop):
            said(capsys, **given)
    with pytest.raises(Stop, match="not a moment"):
        said(capsys, account=str(world.account.pk), since="yesterday")
