"""What a plugin may do to the runner, on purpose or not: it costs its own step only, and never a parcel."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from hub.core import (
    AddTags,
    Already,
    Broken,
    Done,
    Outcome,
    RawRequest,
    Rejected,
    Sent,
    VendorFault,
    Wait,
    once,
    repeatable,
)
from hub.dispatch.states import State
from tests.dispatch.rig import ADA, KEY, NewCard, Rig, Vendor, answers, breaks

MakeRig = Callable[..., Rig]


def raising(trouble: Any) -> Any:
    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        raise trouble

    return run


def returning(value: Any) -> Any:
    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        return value

    return run


class Strange(BaseException):
    """Neither an Exception nor one that Python knows."""


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


RAISED = [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit(), Strange(), Mute(), StopIteration(),
          TimeoutError(), RecursionError(), ExceptionGroup("many", [ValueError()])]  # fmt: skip


@pytest.mark.parametrize("trouble", RAISED, ids=lambda trouble: type(trouble).__name__)
def test_whatever_it_raises_costs_its_own_step_only(make_rig: MakeRig, trouble: BaseException) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        if contact.id == "bad":
            raise trouble
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)
    runs = [rig.add(ADA.model_copy(update={"id": who})) for who in ("1", "bad", "2")]
    rig.go()

    assert [run.state for run in runs] == [State.DONE, State.REVIEW, State.DONE]
    assert len(rig.vendor.effects) == 2


@pytest.mark.parametrize("trouble", RAISED, ids=lambda trouble: type(trouble).__name__)
def test_whatever_it_raises_after_the_deed_the_deed_is_not_forgotten(make_rig: MakeRig, trouble: BaseException) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        await rig.mail_card(vendor, step, contact)
        raise trouble

    _swap(rig, run)
    run_ = rig.once()

    assert run_.state is State.REVIEW
    assert run_.open_attempts == 1
    assert len(rig.vendor.effects) == 1


@pytest.mark.parametrize(
    "value",
    [None, 7, "sent", b"x" * 10_000_000, Sent, object(), Outcome(), type("Mine", (Done,), {})(), VendorFault(Done())],
    ids=["None", "7", "text", "bytes", "class", "object", "Outcome", "subclass", "fault"],
)
def test_nonsense_is_the_authors_to_mend(make_rig: MakeRig, value: Any) -> None:
    run = make_rig(once(), returning(value)).once()

    assert run.state is State.REVIEW
    assert run.code == "plugin"


def test_sent_without_sending_is_not_done(make_rig: MakeRig) -> None:
    run = make_rig(once(), returning(Sent("card-1"))).once()

    assert run.state is State.REVIEW


def test_a_gigabyte_of_note_and_a_nul_are_cut_to_what_a_store_takes(make_rig: MakeRig) -> None:
    note = "\x00\ud800" + "x" * 50_000_000
    run = make_rig(once(), returning(Already(reference="a\x00b", note=note))).once()

    assert run.state is State.DONE
    assert run.reference == "ab"
    assert len(run.note) == 2_000
    run.note.encode()


def test_a_key_in_a_note_is_masked(make_rig: MakeRig) -> None:
    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        return Done(note=f"used {vendor.settings.api_key.get_secret_value()}")

    assert make_rig(once(), run).once().note == "used •••"


def test_a_key_in_an_error_is_masked(make_rig: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    run = make_rig(once(), raising(ValueError(f"bad key {KEY}"))).once()

    assert KEY not in caplog.text + run.note + run.sentence


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e300, -5, "soon", None, 10**400])
def test_a_nonsensical_wait_is_a_wait(make_rig: MakeRig, seconds: Any) -> None:
    rig = make_rig(once(), returning(Wait("later", seconds)))
    run = rig.once()

    assert run.state is State.SCHEDULED
    assert 0 < (run.due_at - rig.ledger.now()).total_seconds() <= 24 * 3600


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("changes", [None, 5, [object()], "ab", (AddTags.model_construct(tags=5),)])
def test_changes_that_are_none_do_not_undo_what_was_sent(make_rig: MakeRig, changes: Any) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        sent = await rig.mail_card(vendor, step, contact)
        return Sent(sent.reference, changes=changes)

    _swap(rig, run)
    run_ = rig.once()

    assert run_.state is State.DONE
    assert run_.changes == []


# --- time --------------------------------------------------------------------------------------------------------


def test_one_that_never_comes_back_is_left_behind(make_rig: MakeRig) -> None:
    run = make_rig(once(), _forever, action_seconds=0.05).once()

    assert run.state is State.REVIEW
    assert "longer than 0.05 seconds" in run.sentence


async def _forever(vendor: Any, step: Any, contact: Any) -> Any:
    await asyncio.Event().wait()


def test_one_that_swallows_its_cancellation_is_left_behind(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hub.dispatch.isolation.alone.__defaults__", (0.05,))
    stop = asyncio.Event()

    async def deaf(vendor: Any, step: Any, contact: Any) -> Any:
        while not stop.is_set():
            with contextlib.suppress(BaseException):
                await stop.wait()

    rig = make_rig(once(), deaf, action_seconds=0.05)
    run = rig.once()

    assert run.state is State.REVIEW
    assert "left behind" in caplog.text
    rig.outside.run(_set(stop))


async def _set(event: asyncio.Event) -> None:
    event.set()


def test_one_that_is_stopped_in_the_middle_of_its_write_hears_the_vendor_out(make_rig: MakeRig) -> None:
    """The plugin's time is over while its request is out: the answer still counts."""
    vendor = Vendor()

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1.5)
        return vendor(request)

    rig = make_rig(once(), action_seconds=1.0, vendor=vendor, transport=httpx.MockTransport(slow))
    run = rig.once()

    assert len(vendor.effects) == 1
    assert run.state is State.REVIEW  # the plugin gave no reading of the answer, so a person looks
    assert run.tries[0].outcome == "unclear"


def test_one_that_is_stopped_while_its_intent_is_written_sends_nothing(make_rig: MakeRig) -> None:
    """The row says *calling*, and nobody will send: neither lost nor unclear, for nothing left."""
    rig = make_rig(once())
    intend = rig.ledger.intend

    def slowly(intents: Any) -> Any:
        granted = intend(intents)
        time.sleep(1.5)
        return granted

    rig.ledger.intend = slowly  # type: ignore[method-assign]
    rig.runner = rig.new_runner(action_seconds=1.0)
    run = rig.once()

    assert rig.vendor.writes == []
    assert (run.state, run.code) == (State.REVIEW, "plugin")
    assert run.open_attempts == 0
    assert run.tries[0].outcome == "not_sent"


def test_one_that_blocks_the_loop_delays_the_others_and_loses_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        if contact.id == "bad":
            await asyncio.sleep(0.01)
            time.sleep(0.3)
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)
    runs = [rig.add(ADA.model_copy(update={"id": who})) for who in ("1", "bad", "2")]
    rig.go()

    assert {run.state for run in runs} == {State.DONE}
    assert len(rig.vendor.effects) == 3


# --- tasks -------------------------------------------------------------------------------------------------------


def test_one_that_cancels_itself(make_rig: MakeRig) -> None:
    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        await asyncio.sleep(0)

    assert make_rig(once(), run).once().state is State.REVIEW


def test_one_whose_own_task_calls_sys_exit_does_not_end_the_loop(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    async def leave() -> None:
        sys.exit(3)

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        task = asyncio.create_task(leave())
        await asyncio.sleep(0.01)
        assert task.done()
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)

    assert rig.once().state is State.DONE
    assert rig.once().state is State.DONE


def test_one_whose_callback_interrupts_the_loop(make_rig: MakeRig) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        asyncio.get_running_loop().call_soon(interrupt)
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)

    assert rig.once().state is State.DONE


def test_one_that_cancels_every_task_it_can_see_loses_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    _swap(rig, run)
    run_ = rig.add()
    with pytest.raises(BaseException):  # noqa: B017 - concurrent.futures' own CancelledError
        rig.go(run_)
    assert run_.state is State.CLAIMED

    rig.ledger.sweep()
    assert run_.state is State.SCHEDULED


def test_one_that_keeps_its_vendor_for_later_gets_nothing_out_of_it(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    heard: list[BaseException] = []
    ended = asyncio.Event()

    async def later(vendor: Any) -> None:
        await ended.wait()
        try:
            await vendor(rig.mail, NewCard(greeting="late", ref="x"))
        except VendorFault as fault:
            heard.append(fault)

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        rig.left = asyncio.create_task(later(vendor))  # type: ignore[attr-defined]
        return Done()

    _swap(rig, run)
    run_ = rig.once()
    rig.outside.run(_set(ended))
    rig.outside.run(asyncio.wait_for(rig.left, 60))  # type: ignore[attr-defined]

    assert run_.state is State.DONE
    assert rig.vendor.writes == []
    assert "after the step had ended" in str(heard[0])


def test_two_writes_at_once_are_one_write_at_most(make_rig: MakeRig) -> None:
    """``gather`` raises for the second while the first one's intent is being written, so not even that one leaves."""
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        cards = [vendor(rig.mail, NewCard(greeting=who, ref=vendor.ref)) for who in "ab"]
        first, _ = await asyncio.gather(*cards)
        return Sent(first.id)

    _swap(rig, run)
    run_ = rig.once()

    assert rig.vendor.effects == []
    assert (run_.state, run_.code, run_.open_attempts) == (State.REVIEW, "plugin", 0)


def test_a_second_write_is_stopped_and_the_first_one_stands(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        sent = await rig.mail_card(vendor, step, contact)
        with contextlib.suppress(VendorFault):
            await vendor(rig.other, NewCard(greeting="again", ref=vendor.ref))
        return sent

    _swap(rig, run)

    assert rig.once().state is State.DONE
    assert len(rig.vendor.writes) == 1


def test_a_failed_write_is_not_tried_again_by_the_plugin(make_rig: MakeRig) -> None:
    rig = make_rig(repeatable(), vendor=Vendor(script=[breaks(acts=True)]))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        with contextlib.suppress(VendorFault):
            return await rig.mail_card(vendor, step, contact)
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)

    assert rig.once().state is State.SCHEDULED
    assert len(rig.vendor.writes) == 1


# --- the plugin's word against the wire --------------------------------------------------------------------------


def test_one_that_swallows_an_unclear_answer_and_says_sent(make_rig: MakeRig) -> None:
    rig = make_rig(once(), vendor=Vendor(script=[breaks()]))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        with contextlib.suppress(VendorFault):
            await rig.mail_card(vendor, step, contact)
        return Sent("card-9")

    _swap(rig, run)
    run_ = rig.once()

    assert (run_.state, run_.open_attempts) == (State.REVIEW, 1)


def test_one_that_calls_an_unclear_answer_a_rejection(make_rig: MakeRig) -> None:
    rig = make_rig(once(), vendor=Vendor(script=[breaks(acts=True)]))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        try:
            return await rig.mail_card(vendor, step, contact)
        except VendorFault:
            return Rejected("no")

    _swap(rig, run)

    assert rig.once().state is State.REVIEW


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_a_read_that_fails_after_the_deed_does_not_send_it_again(make_rig: MakeRig, status: int) -> None:
    """The read's *wait* is not the write's. Such a read is not even made: the irreversible call comes last."""
    rig = make_rig(once(), vendor=Vendor(lookups=[answers(status)]))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        sent = await rig.mail_card(vendor, step, contact)
        await vendor(rig.me)
        return sent

    _swap(rig, run)
    run_ = rig.drive(rig.add())

    assert len(rig.vendor.effects) == 1
    assert rig.vendor.reads == []
    assert (run_.state, run_.open_attempts) == (State.REVIEW, 1)


def test_a_read_that_fails_beside_the_deed_does_not_send_it_again(make_rig: MakeRig) -> None:
    rig = make_rig(once(), vendor=Vendor(lookups=[answers(503)]))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        _, sent = await asyncio.gather(vendor(rig.me), rig.mail_card(vendor, step, contact))
        return sent

    _swap(rig, run)
    run_ = rig.drive(rig.add())

    assert len(rig.vendor.effects) <= 1
    assert run_.state in (State.REVIEW, State.DONE)


def test_one_that_renames_its_reference_does_not_change_the_key(make_rig: MakeRig) -> None:
    from hub.core import keyed

    rig = make_rig(keyed("Idempotency-Key", "24h"))

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        vendor.ref = "mine"
        return await rig.mail_card(vendor, step, contact)

    _swap(rig, run)
    run_ = rig.once()

    assert rig.vendor.writes[0].headers["Idempotency-Key"] == run_.ref


def test_another_call_is_not_sent_under_the_first_ones_promise(make_rig: MakeRig) -> None:
    """First try: keyed. Second try: the plugin, updated meanwhile, makes a call that has no key."""
    from hub.core import keyed

    rig = make_rig(keyed("Idempotency-Key", "24h"), vendor=Vendor(script=[breaks(acts=True)]))
    run = rig.once()
    assert run.open_attempts == 1
    unkeyed = rig.addon.post("/posts", NewCard, Rig.__init__.__globals__["Card"], effect=once())

    async def updated(vendor: Any, step: Any, contact: Any) -> Any:
        return Sent((await vendor(unkeyed, NewCard(greeting="x", ref=vendor.ref))).id)

    _swap(rig, updated)
    rig.drive(run)

    assert run.state is State.REVIEW
    assert len(rig.vendor.writes) == 1


def test_done_without_leaving_is_no_answer_to_an_open_attempt(make_rig: MakeRig) -> None:
    rig = make_rig(repeatable(), vendor=Vendor(script=[breaks()]))
    run = rig.once()

    _swap(rig, returning(Done()))
    rig.drive(run)

    assert (run.state, run.open_attempts) == (State.REVIEW, 1)


def test_broken_tables_of_the_plugin_make_an_answer_unreadable(make_rig: MakeRig) -> None:
    rig = make_rig(once(), errors={422: "nonsense"}, vendor=Vendor(script=[answers(422)]))

    assert rig.once().state is State.REVIEW


@pytest.mark.parametrize("trouble", [ValueError(), RecursionError(), AttributeError()])
def test_a_success_check_that_raises_makes_an_answer_unclear(make_rig: MakeRig, trouble: Exception) -> None:
    def success(answer: Any) -> bool:
        raise trouble

    run = make_rig(once(), success=success).once()

    assert (run.state, run.open_attempts) == (State.REVIEW, 1)


def test_tokens_that_raise_are_the_authors_to_mend(make_rig: MakeRig) -> None:
    from hub.core import Token, TokenSet
    from hub.core.registry import from_objects

    def values(contact: Any, account: Any) -> Any:
        raise SystemExit

    rig = make_rig(once())
    rig.addon.tokens(TokenSet((Token("pigeon.x", "X"),), values))
    rig.registry = rig.ledger._registry = from_objects([rig.addon])
    rig.runner = rig.new_runner()

    run = rig.ledger.add("pigeon.mail", ADA, options={"greeting": "{{pigeon.x}}"}, settings={"api_key": KEY})
    rig.go(run)

    assert run.state is State.REVIEW
    assert rig.vendor.writes == []


def test_settings_that_cannot_be_opened_are_a_hold(make_rig: MakeRig) -> None:
    from dataclasses import replace

    rig = make_rig(once())
    run = rig.add()

    def locked() -> Any:
        raise PermissionError("no key")

    rig.runner.run([replace(job, open_settings=locked) for job in rig.ledger.claim([run.id])])

    assert (run.state, run.code) == (State.HELD, "settings_incomplete")


def test_an_undeclared_change_does_not_undo_what_was_sent(make_rig: MakeRig) -> None:
    from hub.core import StartPlan

    rig = make_rig(once())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        await rig.mail_card(vendor, step, contact)
        return Done(changes=(StartPlan(plan="5"),))

    _swap(rig, run)
    run_ = rig.once()

    assert run_.state is State.DONE
    assert run_.changes == []
    assert "StartPlan, which its action does not declare" in run_.note


def test_an_undeclared_change_alone_is_the_authors_to_mend(make_rig: MakeRig) -> None:
    from hub.core import StartPlan

    assert make_rig(once(), returning(Done(changes=(StartPlan(plan="5"),)))).once().state is State.REVIEW


def test_a_strange_reconcile_cannot_tell(make_rig: MakeRig) -> None:
    for function in (raising(SystemExit(1)), returning(Done()), returning(None), _forever, _writes):
        rig = make_rig(once("5s"), reconcile=function, vendor=Vendor(script=[breaks()]))
        run = rig.once()
        rig.runner = rig.new_runner(0.05)
        rig.ledger.clock.advance(seconds=10)
        rig.runner.check(rig.ledger.checks_due())

        assert (run.state, run.checks, run.not_found) == (State.UNKNOWN, 1, 0)
        assert len(rig.vendor.writes) == 1


async def _writes(vendor: Any, step: Any, contact: Any) -> Any:
    from hub.core import AddOn
    from tests.dispatch.rig import Card

    addon = AddOn("pigeon", title="Pigeon", base_url="https://api.pigeon.test")
    return Sent((await vendor(addon.post("/cards", NewCard, Card, effect=once()), NewCard(greeting="", ref=""))).id)


def _swap(rig: Rig, run: Any) -> None:
    """Give the add-on's action another body."""
    from dataclasses import replace

    from hub.core.registry import from_objects

    action = rig.addon._actions["pigeon.mail"]
    rig.addon._actions["pigeon.mail"] = replace(action, run=run)
    rig.registry = rig.ledger._registry = from_objects([rig.addon])
    rig.runner = rig.new_runner(rig.runner._action_seconds)


def test_a_credential_does_not_go_to_an_address_an_admin_typed(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    hook = rig.addon.open(effect=repeatable())

    async def run(vendor: Any, step: Any, contact: Any) -> Any:
        answer = await vendor(hook, RawRequest("POST", "https://admins-own.test/hook", {"X-A": "1"}, b"{}"))
        return Sent(note=str(answer.status))

    rig.vendor.script = [answers(200)]
    _swap(rig, run)

    assert rig.once().state is State.DONE
    assert "X-Key" not in rig.vendor.writes[0].headers
    assert KEY not in repr(rig.vendor.writes[0].headers.raw)


def test_broken_is_for_the_author(make_rig: MakeRig) -> None:
    run = make_rig(once(), returning(Broken("mine"))).once()

    assert (run.state, run.code, run.sentence) == (State.REVIEW, "plugin", "mine")
