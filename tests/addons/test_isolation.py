"""An installation that keeps plugins apart: what its processes load, what is hidden from them, and what is told of their ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from hub.addons import drift, installed
from hub.addons.models import Drift
from hub.core.registry import Registry
from hub.db import clock
from hub.dispatch.apart.loading import Apart
from hub.dispatch.apart.rebuilding import Away
from hub.dispatch.apart.spawning import Entry
from hub.dispatch.apart.walls import WALLS
from hub.process.checkup import installed as checkup


@pytest.fixture(scope="module")
def loaded() -> Iterator[tuple[Registry, Apart]]:
    """As a process of the hub finds it, with Mailbox Power in a process of its own."""
    with override_settings(HUB_PLUGIN_ISOLATION="process", HUB_PLUGIN_TRUSTED=["smtp_custom"]):
        registry = installed._discovered()
        apart = installed._apart
        assert apart is not None
        yield registry, apart
        apart.close()
        installed._apart = None


def test_the_hub_s_own_steps_and_what_is_trusted_stay_and_all_others_go(loaded: tuple[Registry, Apart]) -> None:
    registry, apart = loaded

    apart_ones = {name for name, plugin in registry.plugins.items() if isinstance(plugin.subject, Away)}

    assert {"mailbox_power", "smtp_custom", "steps"} <= set(registry.plugins)
    assert apart_ones & {"mailbox_power", "smtp_custom", "steps"} == {"mailbox_power"}
    assert "hub-mailbox-power" in apart.doors


def test_the_data_folder_and_the_database_s_are_hidden() -> None:
    with override_settings(HUB_HOME=Path("/srv/hub"), HUB_EMBEDDED=True, HUB_PLUGIN_USER=1234):
        limits = installed.limits()

    assert "/srv/hub" in limits.hidden
    assert str(Path(settings.DATABASES["default"]["NAME"]).parent) in limits.hidden
    assert limits.user == 1234


def test_the_doctor_names_each_and_what_holds_it(
    loaded: tuple[Registry, Apart], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, apart = loaded
    monkeypatch.setattr(installed, "_apart", apart)
    door = apart.doors["hub-mailbox-power"]

    with installed.use(registry):
        fine = [finding for finding in checkup.isolation() if "mailbox_power" in finding.line]
        assert door._known is not None
        monkeypatch.setattr(type(door), "walls", ("files", "signals"))
        lacking = [finding for finding in checkup.isolation() if "mailbox_power" in finding.line]

    assert [finding.level for finding in fine] == ["ok"]
    assert ", ".join(WALLS) in fine[0].line
    assert [finding.level for finding in lacking] == ["warn"]
    assert "without walls for: network, processes" in lacking[0].line


def test_the_doctor_says_when_none_runs_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_apart", None)

    with installed.use(Registry()):
        (finding,) = checkup.isolation()

    assert finding.level == "ok"
    assert "in the hub's own process" in finding.line


@pytest.mark.django_db(transaction=True)
def test_the_end_of_its_process_is_a_line_on_the_plugin_s_page(loaded: tuple[Registry, Apart]) -> None:
    registry, _ = loaded
    with installed.use(registry):
        for reason in ("it was ended by SIGKILL", "it ended with status 3", "it was ended by SIGKILL"):
            ended = ([Entry("mailbox_power", "…"), Entry("unknown", "…")], reason)
            writer = threading.Thread(target=installed._keep_death, args=ended)
            writer.start()
            writer.join()

    other, item = Drift.objects.order_by("count")
    assert (other.count, other.detail) == (1, "it ended with status 3")
    assert (item.addon, item.count, item.endpoint) == ("mailbox_power", 2, "its own process")
    assert drift.sentence(item) == (
        "The plugin's process ended, and what it had in hand with it: it was ended by SIGKILL."
    )


@pytest.mark.django_db(transaction=True)
def test_ways_to_end_are_counted_and_a_plugin_cannot_fill_the_page_with_them() -> None:
    for number in range(drift.MOST_ENDS + 5):
        drift.add_end({"pigeon": "1.0"}, f"it does not keep to the protocol ({number} {'x' * 500})", clock.now())

    found = {item.detail: item.count for item in drift.ends_since(clock.now() - timedelta(hours=1))}

    assert len(found) == drift.MOST_ENDS + 1
    assert found[drift.OTHER_END] == 5
    assert max(map(len, found)) <= drift.LONGEST_END


@pytest.mark.django_db(transaction=True)
def test_the_doctor_tells_of_ends_of_today_and_not_of_older_ones() -> None:
    drift.add_end({"older": "1.0"}, "it ended with status 3", clock.now() - timedelta(days=2))
    for _ in range(2):
        drift.add_end({"pigeon": "1.0"}, "it was ended by SIGSEGV", clock.now())

    (finding,) = checkup.ends()

    assert finding.level == "warn"
    assert "the process of the plugin pigeon ended (2 times" in finding.line
    assert "it was ended by SIGSEGV" in finding.line
