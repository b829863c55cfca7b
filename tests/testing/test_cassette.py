"""Real traffic, recorded once: it plays again without a vendor, says when something differs, and holds no secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.core import redact
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.testing import faults
from hub.testing.cassette import NoCassette, record, replay
from hub.testing.kit import Kit
from hub.testing.playing import Unplayed
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from tests.core.postpigeon import addon
from tests.support.canary import CANARY, FORMS, traces

SETTINGS = {"api_key": CANARY, "studio": "s1"}


@pytest.fixture
def vendor() -> Iterator[SimulatorServer]:
    """A vendor on a real socket."""
    with SimulatorServer(Simulator(addon.hub_addon())) as server:
        yield server
    redact.forget([CANARY])


def recorded(vendor: SimulatorServer, path: Path, *troubles: Any) -> Path:
    """A card whose answer is lost, looked up and found; and a list."""
    way_out = Outside(Egress.of([vendor.address]), {"postpigeon": vendor.url})
    vendor.simulator.fail(*troubles)
    with record(addon, path, SETTINGS, outside=way_out) as hub:
        story(hub)
    return path


def story(hub: Kit) -> list[str]:
    """What the test does, recording or not."""
    run = hub.run("postpigeon.mail_card", campaign="c1")
    hub.rest(run)
    other = hub.run("postpigeon.mail_card", campaign="c2")
    return [*run.notes, *other.notes, str(run.state), str(hub.options("studios")), str(hub.check())]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_plays_again_without_the_vendor(vendor: SimulatorServer, tmp_path: Path) -> None:
    path = recorded(vendor, tmp_path / "cassettes" / "mail.jsonl", faults.reset(acts=True).at("write"))
    effects = len(vendor.simulator.effects)

    with replay(path) as hub:
        told = story(hub)

    assert effects == 2
    assert len(vendor.simulator.effects) == effects
    assert told[-3:] == ["done", "{'s1': 'Studio 1', 's2': 'Studio 2', 's3': 'Studio 3'}", "PostPigeon"]
    assert any("hung up" in note for note in told)


def test_it_is_json_lines_in_a_stable_order_about_the_vendors_own_address(
    vendor: SimulatorServer, tmp_path: Path
) -> None:
    first, second = (recorded(vendor, tmp_path / name) for name in ("first.jsonl", "second.jsonl"))

    head, card, *_ = lines(first)
    assert (head["cassette"], head["import"]) == (1, "tests.core.postpigeon:addon")
    assert head["settings"] == {"api_key": "masked-secret", "studio": "s1"}
    assert card["request"]["url"] == "https://api.postpigeon.example/v2/cards"
    assert card["request"]["json"]["ref"] == "hub-ref-1"
    assert card["answer"]["json"]["status"] == "queued"
    requests = [[call["request"] for call in lines(path)[1:]] for path in (first, second)]
    assert requests[0] == requests[1]
    assert all(line == json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False)
               for line in first.read_text().splitlines())  # fmt: skip


def test_a_part_that_is_not_played_fails_and_is_named(vendor: SimulatorServer, tmp_path: Path) -> None:
    path = recorded(vendor, tmp_path / "mail.jsonl")

    with pytest.raises(Unplayed) as trouble, replay(path) as hub:
        hub.run("postpigeon.mail_card", campaign="c1")

    assert str(trouble.value).startswith(
        "Recorded and never asked for:\n  POST https://api.postpigeon.example/v2/cards"
    )
    assert "GET https://api.postpigeon.example/v2/studios" in str(trouble.value)


def test_a_request_that_was_not_recorded_fails_and_shows_the_difference(
    vendor: SimulatorServer, tmp_path: Path
) -> None:
    path = recorded(vendor, tmp_path / "mail.jsonl")

    with pytest.raises(Unplayed) as trouble, replay(path) as hub:
        run = hub.run("postpigeon.mail_card", campaign="c9")

    said = str(trouble.value)
    assert said.startswith("Not recorded: POST https://api.postpigeon.example/v2/cards")
    assert '-    "campaign": "c1"' in said
    assert '+    "campaign": "c9"' in said
    assert str(run.state) != "done"


def test_a_test_that_fails_by_itself_keeps_its_own_reason(vendor: SimulatorServer, tmp_path: Path) -> None:
    path = recorded(vendor, tmp_path / "mail.jsonl")

    with pytest.raises(ZeroDivisionError), replay(path):
        1 / 0  # noqa: B018


def test_a_recording_that_fails_leaves_the_old_one(vendor: SimulatorServer, tmp_path: Path) -> None:
    path = recorded(vendor, tmp_path / "mail.jsonl")
    before = path.read_text()

    with pytest.raises(ZeroDivisionError), record(addon, path, SETTINGS, outside=Outside(Egress())):
        1 / 0  # noqa: B018

    assert path.read_text() == before


def test_no_spelling_of_a_key_is_in_a_cassette(vendor: SimulatorServer, tmp_path: Path) -> None:
    way_out = Outside(Egress.of([vendor.address]), {"postpigeon": vendor.url})
    with record(addon, tmp_path / "mail.jsonl", SETTINGS, outside=way_out) as hub:
        for form in FORMS.values():
            vendor.simulator.fail(faults.status(422, message=form))
            hub.run("postpigeon.mail_card", campaign="c1", greeting=form)

    text = (tmp_path / "mail.jsonl").read_text()
    assert len(text.splitlines()) == 1 + len(FORMS)
    assert traces(text) == []
    assert text.count("masked-secret") > len(FORMS)


@pytest.mark.parametrize(
    ("content", "says"), [(None, "There is no cassette"), ("no", "not JSON"), ('{"cassette": 99}', "it again"), ("", "it again")]
)  # fmt: skip
def test_what_is_no_cassette_is_said_in_a_sentence(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "mail.jsonl"
    if content is not None:
        path.write_text(content)

    with pytest.raises(NoCassette, match=says), replay(path):
        raise AssertionError


def test_the_fixture_plays_a_cassette_that_lies_beside_the_test(cassette: Callable[[str], Kit]) -> None:
    hub = cassette("mail.jsonl")

    assert hub.run("postpigeon.mail_card", campaign="c1").note == "Card id-1 is queued"
