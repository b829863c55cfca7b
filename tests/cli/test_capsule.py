"""A step that came to grief leaves this house as one file, and comes to the same end elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction

from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.cli import capsule as command
from hub.cli import named_step
from hub.cli.trouble import Stop
from hub.core import AddOn, Contact, Rejected, Settings, redact
from hub.engine import traces
from hub.engine.archiving import moving
from hub.engine.models import Trace
from hub.plans.models import StepRun
from hub.process import start
from hub.testing.capsule import Capsule
from hub.testing.playing import Unplayed
from tests.core import postpigeon
from tests.engine.world import CARD, World, make_world
from tests.support.canary import CANARY, FORMS
from tests.support.canary import traces as crumbs

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]

addon = AddOn("stubborn", title="Stubborn", always_on=True)


class Nothing(Settings):
    pass


@addon.action("refuse", Nothing, title="Refuse")
async def refuse(vendor: Any, step: Any, contact: Contact) -> Rejected:
    """A plugin with a bug: it cannot take a contact without a company."""
    return Rejected(f"no: {contact.company.split()[0]}")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("django", "ready_database", "plugins"):
        monkeypatch.setattr(start, name, lambda **_: None)
    monkeypatch.setattr(named_step, "at_hand", lambda: None)
    with make_world([CARD], more_addons=[addon]) as made:
        yield made
    redact.forget([CANARY])


def written(run: StepRun, folder: Path, *, keep_contact: bool = False) -> Path:
    """What ``hub capsule RUN`` writes."""
    path = folder / "test_capsule.py"
    given = argparse.Namespace(run=str(run.pk), output=path, keep_contact=keep_contact)
    assert command.run(given) == 0
    return path


def in_a_fresh_process(path: Path) -> subprocess.CompletedProcess[str]:
    """On another machine: no database, no hub that runs, nothing of this process."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:django",
        "--rootdir",
        str(path.parent),
        str(path),
    ]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(words, cwd=path.parent, env=environment, capture_output=True, text=True, check=False)


def failed(world: World, *answers: Any, **contact: Any) -> StepRun:
    """A step that met these answers."""
    [run] = world.enroll(1, **contact)
    world.vendor.answers = list(answers)
    world.work()
    for _ in range(4):
        world.clock.advance(minutes=10)
        world.work()
    run.refresh_from_db()
    return run


def hangs_up(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("the connection broke", request=request)


def refused(request: httpx.Request) -> httpx.Response:
    return httpx.Response(422, json={"message": "Nobody called Grace lives at 7 Real Road."})


@pytest.mark.slow
def test_a_failed_step_fails_the_same_way_in_a_fresh_process(world: World, tmp_path: Path) -> None:
    run = failed(world, refused, first_name="Grace", line1="7 Real Road")
    assert (run.state, run.hold_reason) == ("failed", "rejected")

    path = written(run, tmp_path)
    played = in_a_fresh_process(path)

    assert played.returncode == 0, played.stdout + played.stderr
    assert "1 passed" in played.stdout
    assert "from tests.core.postpigeon import addon" in path.read_text()
    assert (
        "assert end.sentence == 'PostPigeon answered 422: Nobody called Ada lives at 1 Example Street.'"
        in path.read_text()
    )
    assert "Grace" not in path.read_text()
    assert "7 Real Road" not in path.read_text()


def test_of_a_step_in_the_archive_it_says_what_is_kept_and_what_is_not(world: World, tmp_path: Path) -> None:
    run = failed(world, refused)
    StepRun.objects.filter(pk=run.pk).update(hold_reason="left")
    world.clock.advance(days=91)
    assert moving.move_portion(world.clock.now(), timedelta(days=90)).runs == 1

    with pytest.raises(Stop) as told:
        written(run, tmp_path)

    assert "This step is in the archive since" in str(told.value)
    assert "not what went over the wire" in str(told.value)
    assert not list(tmp_path.iterdir())


def test_a_plugin_that_now_says_something_else_is_told_what(world: World, tmp_path: Path) -> None:
    run = failed(world, refused)
    text = written(run, tmp_path).read_text().split("'''")[1]
    assert Capsule(text).replay(postpigeon.addon).verdict == "rejected"

    then = Capsule(text.replace('"greeting": "Hi Ada"', '"greeting": "Dear Ada"'))

    with pytest.raises(Unplayed) as trouble:
        then.replay(postpigeon.addon)
    said = str(trouble.value)
    assert said.startswith("Not recorded: POST https://api.postpigeon.example/v2/cards")
    assert '-    "greeting": "Dear Ada",' in said
    assert '+    "greeting": "Hi Ada",' in said


def test_a_plugin_that_was_mended_since_is_the_first_thing_suspected(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = failed(world, refused)
    kept = json.loads(json.dumps(traces.of(run.pk)).replace("Hi Ada", "Dear Ada"))
    monkeypatch.setattr(traces, "of", lambda _pk: kept)

    with pytest.raises(Stop) as stopped:
        written(run, tmp_path)

    said = str(stopped.value).splitlines()
    assert said[0] == "Played again, this step does not end as it did, so no file is written."
    assert said[1].startswith(
        "The plugin's code may have changed since the step ran: make the capsule before you mend."
    )
    assert "try again with --keep-contact" in said[2]
    assert said[3] == "Not recorded: POST https://api.postpigeon.example/v2/cards"
    assert [line.split(":")[0] for line in said[4:]] == ['-    "greeting"', '+    "greeting"']
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer", [hangs_up, lambda request: httpx.Response(502), lambda request: httpx.Response(201, text="{")]
)
def test_an_unclear_step_that_came_to_a_person_does_so_again(world: World, tmp_path: Path, answer: Any) -> None:
    run = failed(world, answer)
    assert (run.state, run.hold_reason) == ("review", "unclear")

    made = Capsule(written(run, tmp_path).read_text().split("'''")[1])

    assert [one["kind"] for one in made.tries] == ["call", "check", "check"]
    assert [one["ended"]["state"] for one in made.tries] == ["unknown", "unknown", "review"]
    assert made.replay(postpigeon.addon) == made.end


@pytest.mark.parametrize(
    ("status", "state", "verdict"), [(401, "held", "admin"), (429, "scheduled", "wait"), (405, "review", "developer")]
)
def test_every_other_end_comes_again_too(world: World, tmp_path: Path, status: int, state: str, verdict: str) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [
        lambda request: httpx.Response(status, headers={"Retry-After": "30"}, json={"message": "no"})
    ]
    world.work(passes=1)

    made = Capsule(written(run, tmp_path).read_text().split("'''")[1])

    assert (made.end.state, made.end.verdict) == (state, verdict)
    assert made.replay(postpigeon.addon) == made.end


def test_a_plugin_that_fails_at_some_contact_fails_at_its_stand_in(tmp_path: Path, world: World) -> None:
    with make_world([("stubborn.refuse", {})], more_addons=[addon]) as other:
        [run] = other.enroll(1, first_name="Grace", company="")
        other.work()

        text = written(run, tmp_path).read_text()

    assert "The plugin failed with IndexError." in text
    assert "Grace" not in text


def test_a_step_that_ends_well_after_all_leaves_nothing_behind(world: World) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.work()
    assert len(traces.of(run.pk)) == 1

    world.clock.advance(seconds=91)
    world.work()

    run.refresh_from_db()
    assert run.state == "done"
    assert traces.of(run.pk) == []


def test_what_is_kept_is_sealed_and_goes_after_a_month(world: World) -> None:
    run = failed(world, refused, first_name="Grace")
    blob = Trace.objects.values_list("data", flat=True).get().text
    assert "Grace" not in blob
    assert traces.of(run.pk)[0]["contact"]["first_name"] == "Grace"

    assert traces.forget_old(world.clock.now() + traces.KEPT - timedelta(hours=1)) == 0
    assert traces.forget_old(world.clock.now() + traces.KEPT + timedelta(hours=1)) == 1


def test_a_story_that_cannot_be_told_does_not_cost_the_outcome(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.dispatch.story.of", lambda *_: 1 / 0)

    run = failed(world, refused)

    assert run.state == "failed"
    assert traces.of(run.pk) == []


def test_of_very_many_that_fail_alike_the_first_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MOST_AN_HOUR", 2)
    monkeypatch.setattr(traces, "_ration", traces._Ration())

    for _ in range(4):
        world.enroll(1)
        world.vendor.answers = [refused]
        world.work()
    assert Trace.objects.count() == 2

    world.clock.advance(hours=1)
    failed(world, refused)
    assert Trace.objects.count() == 3


def test_a_long_answer_is_kept_in_part_and_says_so(world: World) -> None:
    [run] = world.enroll(1)
    long = {"message": "no", "rows": ["x" * 1000] * 400}
    world.vendor.answers = [lambda request: httpx.Response(422, json=long)]
    world.work()

    [told] = traces.of(run.pk)
    assert told["traffic"][0]["answer"]["cut"] is True
    assert len(str(told)) < 100_000


def test_no_spelling_of_a_key_is_in_a_capsule(world: World, tmp_path: Path) -> None:
    with transaction.atomic():
        addons.save_settings(world.account, "postpigeon", {"api_key": CANARY, "studio": "s1"}, by=SYSTEM)
    said = {
        "message": FORMS["as it is"],
        "token": "unregistered-0815",
        "all": FORMS,
        "keys": dict.fromkeys(FORMS.values(), 1),
    }
    answers = [httpx.Response(422, json=said), httpx.Response(422, text="<pre>" + "\n".join(FORMS.values()))]
    texts = []
    for number, answer in enumerate(answers):
        [run] = world.enroll(1)
        world.vendor.answers = [lambda request, answer=answer: answer]
        world.work()
        for keep_contact in (False, True):
            folder = tmp_path / f"{number}-{keep_contact}"
            folder.mkdir()
            texts.append(written(run, folder, keep_contact=keep_contact).read_text())

    assert [name for text in texts for name in crumbs(text)] == []
    assert all(text.count("masked-secret") >= len(FORMS) for text in texts)
    assert not any("unregistered-0815" in text for text in texts)


@pytest.mark.parametrize(
    ("word", "says"),
    [("nonsense", "no step's id"), ("0198f000-0000-7000-8000-000000000000", "There is no step")],
)
def test_what_is_no_step_is_said_in_a_sentence(world: World, word: str, says: str) -> None:
    with pytest.raises(Stop, match=says):
        command.run(argparse.Namespace(run=word, output=None, keep_contact=False))


def test_where_there_is_no_hub_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "no-hub"))
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)

    with pytest.raises(Stop, match="There is no hub on this machine"):
        named_step.at_hand()

    assert list(tmp_path.iterdir()) == []


def test_in_an_add_ons_folder_the_hub_of_hub_dev_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".hub-dev").mkdir()
    (tmp_path / ".hub-dev" / "hub.sqlite3").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("HUB_HOME", "")
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)

    named_step.at_hand()

    assert os.environ["HUB_HOME"] == str(tmp_path / ".hub-dev")
    assert sys.path[:2] == [str(tmp_path / ".hub-dev" / "site"), str(tmp_path)]


def test_a_step_that_never_came_to_its_plugin_says_why(world: World, tmp_path: Path) -> None:
    run = failed(world, line1="")
    with pytest.raises(Stop, match=r"never came to the plugin.*street"):
        written(run, tmp_path)


def test_a_done_step_has_no_capsule_and_a_file_is_not_written_over(world: World, tmp_path: Path) -> None:
    run = failed(world)
    assert run.state == "done"
    with pytest.raises(Stop, match="This step is done"):
        written(run, tmp_path)

    bad = failed(world, refused)
    written(bad, tmp_path)
    with pytest.raises(Stop, match="is there already"):
        written(bad, tmp_path)
    assert Connection.objects.exists()


def test_an_address_that_is_a_key_itself_and_headers_that_hold_one_are_masked(world: World, tmp_path: Path) -> None:
    zap = {"url": "https://hooks.zapier.com/hooks/catch/4711/s3cret-path/", "fields": {"name": "{{client.fullName}}"},
           "headers": {"Authorization": "Bearer unregistered-4711"}, "when_unclear": "ask a person"}  # fmt: skip
    with make_world([("steps.webhook", zap)]) as other:
        [run] = other.enroll(1, first_name="Grace")
        other.vendor.answers = [lambda request: httpx.Response(410, json={"echo": str(request.url)})]
        other.work()

        text = written(run, tmp_path).read_text()

    assert "import addon" in text
    assert "https://hooks.zapier.com/masked-secret/" in text
    for secret in ("s3cret-path", "unregistered-4711", "Grace"):
        assert secret not in text
    redact.forget([zap["url"]])
