"""A plugin's process that ends, hangs, floods or talks nonsense: what becomes of the steps, and of everybody else."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.core import Broken, Contact, Wait
from hub.dispatch import rests
from hub.dispatch.apart import door as doors
from hub.dispatch.apart import process
from hub.dispatch.states import State
from tests.dispatch.apart.behind import HEAD, MAIL, Behind, put, until
from tests.dispatch.rig import ADA

Make = Callable[..., Behind]

ENDINGS = {
    "exit": ("os._exit(3)", "it ended with status 3"),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", "it was ended by SIGKILL"),
}


def steps(body: str, before: str = "") -> str:
    """A plugin whose step ends badly for one contact and well for all others."""
    return f"""
    import asyncio, os, signal, sys, time

    {before}

    @addon.action("mail", Settings, title="Mail")
    async def mail_card(vendor, step, contact):
        if contact.first_name == "Bad":
            {body}
        card = await vendor(mail, NewCard(greeting="Hi", ref=vendor.ref))
        return Sent(card.id)
    """


BAD = Contact(id="666", first_name="Bad")


@pytest.mark.parametrize("how", ENDINGS)
def test_an_end_costs_its_own_step_and_the_next_one_finds_a_new_process(behind: Make, how: str) -> None:
    body, words = ENDINGS[how]
    stage = behind(HEAD, steps(body))
    first = stage.door.pid

    bad = stage.once(contact=BAD)
    good = stage.once()

    assert (bad.state, bad.code) == (State.REVIEW, "plugin")
    assert bad.sentence == f"The plugin's process ended before it had answered: {words}."
    assert good.state is State.DONE
    assert stage.died == [words]
    assert stage.door.pid not in (first, None)


def test_sys_exit_in_a_step_is_an_error_of_that_step(behind: Make) -> None:
    stage = behind(HEAD, steps("sys.exit(3)"))
    first = stage.door.pid

    bad = stage.once(contact=BAD)

    assert (bad.state, bad.code) == (State.REVIEW, "plugin")
    assert stage.once().state is State.DONE
    assert (stage.door.pid, stage.died) == (first, [])


def test_an_end_after_the_request_had_left_is_unclear_and_never_sent_again(behind: Make) -> None:
    stage = behind(HEAD, steps('await vendor(mail, NewCard(greeting="Hi", ref=vendor.ref)); os._exit(3)'))

    bad = stage.once(contact=BAD)

    assert (bad.state, bad.open_attempts) == (State.REVIEW, 1)
    assert len(stage.vendor.effects) == 1


def test_an_end_while_it_reads_the_answer_is_unclear(behind: Make) -> None:
    code = """
        import os

        class Deadly(Answer):
            id: str

            @field_validator("id")
            @classmethod
            def end(cls, value):
                os._exit(3)

        deadly = addon.post("/cards/deadly", NewCard, Deadly, effect=once())
    """
    stage = behind(HEAD, code, steps('await vendor(deadly, NewCard(greeting="Hi", ref=vendor.ref))'))

    bad = stage.once(contact=BAD)

    assert (bad.state, bad.open_attempts) == (State.REVIEW, 1)
    assert "not readable" in bad.sentence
    assert len(stage.vendor.effects) == 1


def test_who_ends_its_process_again_and_again_makes_its_steps_wait(
    behind: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "RESTS", (0.0, 30.0))
    stage = behind(HEAD, steps("os._exit(3)"))

    for _ in range(2):
        stage.once(contact=BAD)
    waits = stage.once()
    asked = stage.plugin.actions[0].settings

    assert waits.state is State.SCHEDULED
    assert "has ended (it ended with status 3); it starts again soon" in waits.sentence
    assert waits.due_at > stage.ledger.now()
    with pytest.raises(Exception, match="starts again soon"):
        asked.model_validate({})


def test_a_step_that_never_comes_back_is_stopped_and_its_process_lives(behind: Make) -> None:
    stage = behind(HEAD, steps("await asyncio.Event().wait()"), action_seconds=0.3)
    first = stage.door.pid

    bad = stage.once(contact=BAD)

    assert (bad.state, bad.code) == (State.REVIEW, "plugin")
    assert "longer than 0.3 seconds" in bad.sentence
    stage.be_patient()
    assert stage.once().state is State.DONE
    assert (stage.door.pid, stage.died) == (first, [])


def test_one_that_does_not_stop_is_ended_with_its_process(behind: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.3)
    stage = behind(HEAD, steps("time.sleep(600)"), action_seconds=0.3)
    first = stage.door.pid

    bad = stage.once(contact=BAD)
    until(lambda: stage.died)

    assert (bad.state, bad.code) == (State.REVIEW, "plugin")
    assert stage.died == ["a call did not stop when it was told to"]
    stage.be_patient()
    assert stage.once().state is State.DONE
    assert stage.door.pid != first


def test_a_form_that_never_answers_holds_up_its_own_steps_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "PAGE_SECONDS", 60.0)  # they wait longer than their neighbours take
    hangs = """
        class Hangs(Settings):
            word: str = ""

            @field_validator("word")
            @classmethod
            def wait(cls, value):
                while True:
                    pass

        @addon.action("hang", Hangs, title="Hang")
        async def hang(vendor, step, contact):
            return Done()
    """
    calm = HEAD.replace("pigeon", "calm")
    with Behind(put(folder, "pigeon", HEAD, hangs), put(folder, "calm", calm, MAIL)) as stage:
        held = [stage.add("pigeon.hang", options={"word": "x"}) for _ in range(doors.THREADS)]
        neighbours = [stage.add("calm.mail") for _ in range(20)]

        stage.runner.begin(stage.ledger.claim([run.id for run in held]), lambda _id: None)
        stage.go(*neighbours)

        assert {run.state for run in neighbours} == {State.DONE}
        assert {run.state for run in held} == {State.CLAIMED}, "they still wait for the form"


def test_a_step_that_holds_the_loop_is_ended_when_a_form_has_waited_and_both_say_why(
    behind: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = behind(HEAD, steps("await vendor(cards); time.sleep(600)"), action_seconds=60)
    holds = stage.add(contact=BAD)
    stage.runner.begin(stage.ledger.claim([holds.id]), lambda _id: None)
    until(lambda: stage.vendor.reads)
    monkeypatch.setattr(doors, "PAGE_SECONDS", 0.5)

    def ask() -> None:
        for _ in range(1_000):  # until the step has its answer, and sleeps
            stage.plugin.actions[0].settings.model_validate({})

    with pytest.raises(process.NoAnswer, match=r"it did not answer within 0\.5 seconds"):
        ask()
    until(lambda: holds.state is State.REVIEW)

    assert holds.sentence == (
        "The plugin's process ended before it had answered: it did not answer within 0.5 seconds."
    )


def test_a_neighbour_notices_nothing_of_one_that_blocks_and_one_that_dies(folder: Path) -> None:
    wild = steps("time.sleep(600) if contact.id == '1' else os._exit(1)").replace("pigeon", "wild")
    with Behind(
        put(folder, "wild", HEAD.replace("pigeon", "wild"), wild),
        put(folder, "calm", HEAD.replace("pigeon", "calm"), MAIL),
    ) as stage:
        dies = stage.add("wild.mail", Contact(id="2", first_name="Bad"))
        blocks = stage.add("wild.mail", Contact(id="1", first_name="Bad"))
        neighbours = [stage.add("calm.mail") for _ in range(50)]

        stage.go(dies)
        stage.runner.begin(stage.ledger.claim([blocks.id]), lambda _id: None)
        stage.go(*neighbours)

        assert {run.state for run in neighbours} == {State.DONE}
        assert dies.state is State.REVIEW
        assert blocks.state is State.CLAIMED, "it still sleeps"


def test_a_flood_of_words_is_cut_and_named(behind: Make, caplog: pytest.LogCaptureFixture) -> None:
    stage = behind(
        HEAD, steps('print("the first line"); print("noise " * 100_000); sys.stderr.write("and more " * 50_000)')
    )

    with caplog.at_level(logging.INFO, "hub.dispatch"):
        bad = stage.once(contact=BAD)
        until(lambda: "prints more than" in caplog.text)

    assert bad.state is State.DONE
    assert "the plugin pigeon prints: the first line" in caplog.text
    assert len(caplog.text) < 300_000


def test_a_key_it_prints_is_masked(behind: Make, caplog: pytest.LogCaptureFixture) -> None:
    code = """
        @addon.action("tell", Settings, title="Tell")
        async def tell(vendor, step, contact):
            print(vendor.settings.api_key.get_secret_value(), flush=True)
            return Done()
    """
    stage = behind(HEAD, code)

    with caplog.at_level(logging.INFO, "hub.dispatch"):
        assert stage.once("pigeon.tell").state is State.DONE
        until(lambda: "prints" in caplog.text)

    assert "prints: •••" in caplog.text


def test_a_gigabyte_returned_or_taken_costs_its_own_step(behind: Make) -> None:
    code = """
        @addon.action("tell", Settings, title="Tell")
        async def tell(vendor, step, contact):
            return Done("x" * 60_000_000)

        @addon.action("take", Settings, title="Take")
        async def take(vendor, step, contact):
            return Done("x" * 2_000_000_000)

        @addon.check
        async def big(vendor):
            return {number: "x" * 100_000 for number in range(300)}
    """
    stage = behind(HEAD, code, action_seconds=120)

    told, taken = stage.once("pigeon.tell"), stage.once("pigeon.take")
    asked = stage.ask(stage.plugin.info.check)

    assert (told.state, len(told.note)) == (State.DONE, 2_000)
    assert (taken.state, taken.code) == (State.REVIEW, "plugin")
    assert isinstance(asked, Broken)
    assert "does not fit between" in asked.detail


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ('{"kind": "did", "id": 999_999}', "it speaks of a call that nobody made"),
        ('{"kind": "call", "id": number, "call": 1, "endpoint": 77, "parameters": {}}', "it asked for a call that is none"),
        ('{"kind": "call", "id": number, "call": 1, "endpoint": "https://evil.example", "parameters": {}}',
         "it asked for a call that is none"),
        ('{"kind": "call", "id": number, "call": 1, "endpoint": 1, "parameters": {"x": [1]}}',
         "it asked for a call that is none"),
        ('{"nothing": 1}', "it does not keep to the protocol (it sends messages without a kind)"),
    ],
)  # fmt: skip
def test_one_that_breaks_the_protocol_is_ended(behind: Make, frame: str, reason: str) -> None:
    code = f"""
        import gc
        from hub.dispatch.apart import frames, working

        @addon.action("break_it", Settings, title="Break it")
        async def break_it(vendor, step, contact):
            job = next(one for one in gc.get_objects() if type(one) is working.Job)
            number = job._number
            head = {frame}
            wire = job._send.__self__._transport
            wire.write(frames.written(head))
            await vendor(cards)
            return Done()
    """
    stage = behind(HEAD, code)

    run = stage.once("pigeon.break_it")
    until(lambda: stage.died)

    assert (run.state, run.code) == (State.REVIEW, "plugin")
    assert stage.died[0].removeprefix("it does not keep to the protocol (").rstrip(")") in reason
    assert "ProcessEnded" not in run.sentence
    assert stage.vendor.writes == []


def test_it_may_call_what_it_declared_and_nothing_else(behind: Make) -> None:
    code = """
        import dataclasses

        @addon.action("stray", Settings, title="Stray")
        async def stray(vendor, step, contact):
            await vendor(dataclasses.replace(cards, path="/somewhere/else"))
    """
    stage = behind(HEAD, code)

    run = stage.once("pigeon.stray")

    assert (run.state, run.code) == (State.REVIEW, "plugin")
    assert stage.vendor.reads == []


def test_a_plugin_that_was_changed_on_disk_waits_for_a_new_start_of_the_hub(behind: Make, folder: Path) -> None:
    stage = behind(HEAD, steps("os._exit(3)"))
    put(folder, "pigeon", HEAD, 'addon.get("/new", Card)', steps("os._exit(3)"))

    stage.once(contact=BAD)
    run = stage.once()

    assert run.state is State.SCHEDULED
    assert "declares something else" in stage.died[-1]
    assert stage.vendor.writes == []


def test_a_look_up_that_loses_its_process_cannot_tell(behind: Make) -> None:
    code = """
        import os

        @addon.action("mail", Settings, title="Mail")
        async def mail_card(vendor, step, contact):
            card = await vendor(mail, NewCard(greeting="Hi", ref=vendor.ref))
            os._exit(3)

        @mail_card.reconcile
        async def look(vendor, step, contact):
            os._exit(4)
    """
    stage = behind(HEAD, code)
    run = stage.once()
    assert run.state is State.UNKNOWN

    stage.ledger.clock.advance(hours=1)
    stage.runner.check(stage.ledger.checks_due())

    assert run.state is State.UNKNOWN
    assert stage.died == ["it ended with status 3", "it ended with status 4"]


def test_no_process_is_left_when_the_hub_is_killed(folder: Path) -> None:
    put(folder, "pigeon", HEAD, "import ctypes; ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # it would rather live on")
    program = (
        f"import sys, time; sys.path.insert(0, {str(folder)!r})\\n"
        "from hub.dispatch.apart.door import Door\\n"
        "from hub.dispatch.apart.spawning import Entry, Limits\\n"
        "door = Door([Entry('pigeon', 'away_pigeon:addon')], Limits())\\n"
        "door.papers(120)\\n"
        "print(door.pid, flush=True); time.sleep(600)\\n"
    ).replace("\\n", "\n")
    house = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", program], cwd=house, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout is not None
        child = int(hub.stdout.readline())
        os.kill(child, 0)

        hub.kill()

    until(lambda: not alive(child))


def alive(pid: int) -> bool:
    """A zombie that waits for its parent is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_check_of_a_plugin_that_rests_says_so(behind: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "RESTS", (30.0,))
    code = """
        @addon.check
        async def whose(vendor):
            return "Ada"
    """
    stage = behind(HEAD, code)
    assert stage.ask(stage.plugin.info.check) == "Ada"

    os.kill(stage.door.pid or 0, signal.SIGKILL)
    until(lambda: stage.died)
    said = stage.ask(stage.plugin.info.check)

    assert isinstance(said, Wait)
    assert "starts again soon" in said.reason
    assert ADA.first_name == "Ada"
