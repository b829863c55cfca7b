"""Imports of a plugin that does not come back: three of them keep a thread waiting, and the next waits without one."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hub.addons import installed
from hub.dispatch.guests.guest import PLACES, Guest
from hub.imports.models import Import
from tests.imports.vendor.gym import Desk, crowd

pytestmark = pytest.mark.django_db


def test_one_import_too_many_is_put_off_without_a_try_and_goes_on_when_there_is_room(
    start: Callable[..., Import], desk: Desk, bell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Guest("hub-gym", lambda name: installed.outside(), lambda: 0)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(installed, "guests", lambda: SimpleNamespace(of={"gym": guest}.get))
    desk.people = crowd(3)
    for _ in range(PLACES["import"]):
        guest.enter("import")

    row = start()
    assert row.state != "done"
    assert (row.tries, row.waits) == (0, "The plugin hub-gym has not yet answered others who asked.")
    guest.leave("import")

    assert bell.go(row).state == "done"
