"""One scrape: counts, rows and processes; on the loopback address only; told even when a look fails."""

from __future__ import annotations

import http.client
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.addons.models import Connection
from hub.db import clock
from hub.engine.guards.models import Breaker
from hub.engine.models import Worker
from hub.plans.models import StepRun
from hub.process.metrics import scraping, serving
from hub.process.metrics.catalog import BY_NAME, LOOKED_UP
from hub.process.metrics.scraping import Scraper
from tests.engine.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


def scraped(folder: Path) -> dict[tuple[str, ...], float]:
    text = Scraper(folder).scrape()[0].decode()
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_a_scrape_tells_how_the_steps_stand(tmp_path: Path) -> None:
    with make_world() as world:
        world.enroll(5)
        world.clock.advance(seconds=30)
        StepRun.objects.filter(pk=StepRun.objects.first().pk).update(state="held", hold_reason="account_paused")  # type: ignore[union-attr]

        found = scraped(tmp_path)

    assert found["hub_steps", "scheduled"] == 4
    assert found["hub_steps_due",] == 4
    assert found["hub_oldest_due_seconds",] == pytest.approx(30, abs=2)
    assert found["hub_steps_held", "account_paused"] == 1
    assert found["hub_connections", "postpigeon", "unknown"] == 1
    assert found["hub_workers", "alive"] == 1


def test_a_reason_that_is_none_of_ours_makes_no_series(tmp_path: Path) -> None:
    with make_world() as world:
        world.enroll(1)
        StepRun.objects.update(state="held", hold_reason="Ada Lovelace said so")

        found = scraped(tmp_path)

    assert found["hub_steps_held", "other"] == 1
    assert not [key for key in found if "Ada Lovelace said so" in key]


def test_a_vendor_that_asked_to_wait_is_seen(tmp_path: Path) -> None:
    with make_world() as world:
        soon = world.clock.now() + timedelta(seconds=90)
        Connection.objects.update(blocked_until=soon, rate_at=soon)

        found = scraped(tmp_path)

    assert found["hub_connections_blocked", "postpigeon"] == 1
    assert found["hub_rate_lead_seconds", "postpigeon"] == pytest.approx(90, abs=2)


def test_a_connection_that_nothing_is_sent_to_is_seen(tmp_path: Path) -> None:
    now = clock.now()
    Breaker.objects.create(account_id=1, connection_id=1, addon="postpigeon", state="open", next_at=now)
    Breaker.objects.create(account_id=1, connection_id=2, addon="postpigeon")  # failed once, and works

    assert {key: value for key, value in scraped(tmp_path).items() if key[0] == "hub_breakers"} == {
        ("hub_breakers", "postpigeon", "open"): 1
    }


def test_a_worker_that_went_without_a_word_is_seen(tmp_path: Path) -> None:
    now = clock.process_now()
    Worker.objects.create(
        boot_id=uuid.uuid4(), host="elsewhere", pid=1, pid_start="1", started_at=now, beat_at=now
    )  # fmt: skip

    assert scraped(tmp_path)["hub_workers", "gone"] == 1


def test_a_look_that_fails_is_told_and_costs_its_own_numbers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps() -> Iterator[Any]:
        yield "hub_steps", {"state": "held"}, 1
        raise OSError("the disk is gone")

    monkeypatch.setattr(scraping, "LOOKS", (steps, *scraping.LOOKS[1:]))

    found = scraped(tmp_path)

    assert found["hub_look_failures", "steps"] == 1
    assert found["hub_look_failures", "held"] == 0
    assert ("hub_steps", "held") not in found
    assert found["hub_database_bytes",] > 0


def test_all_that_a_scrape_tells_is_in_the_list(tmp_path: Path) -> None:
    names = {name for name, *_ in scraped(tmp_path)}

    assert names <= BY_NAME.keys()
    assert {metric.name for metric in LOOKED_UP if not metric.labels} <= names


def test_the_rows_are_not_asked_again_within_five_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(scraping, "LOOKS", (lambda: iter(asked.append(1) or ()),))
    scraper = Scraper(tmp_path)

    scraper.scrape()
    scraper.scrape()

    assert len(asked) == 1


# --- the address -------------------------------------------------------------------------------------------------


@contextmanager
def served(folder: Path) -> Iterator[int]:
    server = serving.bound(0, Scraper(folder))
    assert server is not None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(port: int, path: str, host: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", path, headers={"Host": host})
        return line.getresponse().status
    finally:
        line.close()


def test_it_is_heard_on_the_loopback_address_only(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
        for address in others | {"127.0.0.2"}:
            with pytest.raises(OSError), socket.create_connection((address, port), timeout=5):
                pass


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/metrics", "127.0.0.1:{port}", 200),
        ("/metrics", "localhost:{port}", 200),
        ("/metrics", "rebound.example:{port}", 403),
        ("/", "127.0.0.1:{port}", 404),
        ("/health/live", "127.0.0.1:{port}", 404),
    ],
)
def test_who_may_ask_for_what(tmp_path: Path, path: str, host: str, status: int) -> None:
    with served(tmp_path) as port:
        assert asked(port, path, host.format(port=port)) == status


def test_a_port_in_other_hands_is_told_and_a_hubs_is_not(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        assert not serving.is_a_strangers(port)
    assert not serving.is_a_strangers(port)  # it has just gone

    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
        assert serving.is_a_strangers(other.server_address[1])
        other.shutdown()


def test_one_who_finds_the_port_taken_waits(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        assert serving.bound(port, Scraper(tmp_path)) is None
