"""Every class of effect, every trouble, every way back: one effect at most, and nothing said that is not so."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import httpx
import pytest

from hub.core import Effect, keyed, once, repeatable
from hub.dispatch.states import State
from tests.dispatch.rig import KEY, Play, Rig, Vendor, answers, breaks

MakeRig = Callable[..., Rig]

FAULTS: dict[str, Play] = {
    "connection refused": breaks(httpx.ConnectError),
    "pool full": breaks(httpx.PoolTimeout),
    "reset before it acted": breaks(),
    "reset after it acted": breaks(acts=True),
    "time-out before it acted": breaks(httpx.ReadTimeout),
    "time-out after it acted": breaks(httpx.ReadTimeout, acts=True),
    "an error nobody knows": breaks(RuntimeError, acts=True),
    "500 before": answers(500),
    "500 after": answers(500, acts=True),
    "503 with a wait": answers(503, headers={"Retry-After": "30"}),
    "503 after, with a wait": answers(503, acts=True, headers={"Retry-After": "30"}),
    "504 after": answers(504, acts=True),
    "409": answers(409, acts=True),
    "408": answers(408),
    "301": answers(301, headers={"Location": "https://elsewhere.test/"}),
    "307 after": answers(307, acts=True, headers={"Location": "https://elsewhere.test/"}),
    "101": answers(101),
    "304 after": answers(304, acts=True),
    "204 after": answers(204, acts=True),
    "empty 200 after": answers(200, acts=True),
    "cut JSON after": answers(200, acts=True, content=b'{"id": "car'),
    "an HTML page with 200": answers(200, html="<h1>Sign in</h1>"),
    "an HTML page after": answers(200, acts=True, html="<h1>Sign in</h1>"),
    "JSON without the id": answers(200, acts=True, json={"ok": True}),
    "null after": answers(200, acts=True, json=None, content=b"null"),
    "429 in seconds": answers(429, headers={"Retry-After": "120"}),
    "429 junk": answers(429, headers={"Retry-After": "soon"}),
    "400": answers(400, json={"message": "no such campaign"}),
    "401": answers(401),
    "422": answers(422),
}  # fmt: skip

CLASSES: dict[str, tuple[Effect, bool, dict[str, object]]] = {
    "repeatable": (repeatable(), False, {"upserts": True}),
    "keyed": (keyed("Idempotency-Key", "24h"), False, {"honours": "Idempotency-Key"}),
    "lookup": (once("60s"), True, {}),
    "strong lookup": (once("60s", strong=True), True, {}),
    "blind": (once(costly=True), False, {}),
}


def story(make_rig: MakeRig, klass: str, *faults: str) -> Rig:
    effect, reconciles, vendor = CLASSES[klass]
    play = Vendor(script=[FAULTS[name] for name in faults], **vendor)  # type: ignore[arg-type]
    rig = make_rig(effect, reconcile=reconciles, vendor=play)
    rig.drive(rig.add())
    return rig


def assert_honest(rig: Rig) -> None:
    (run,) = rig.ledger.runs.values()
    happened = len(rig.vendor.effects)
    assert happened <= 1, "sent twice"
    assert run.state in (State.DONE, State.FAILED, State.REVIEW, State.HELD), "lost"
    if run.state is State.DONE:
        assert happened == 1, "said to be done and is not"
    if run.state is State.FAILED or (run.state is State.HELD and not run.open_attempts):
        assert happened == 0, "said not to be done and is"
    assert run.state is not State.FAILED or not run.open_attempts
    assert sum(attempt.open for attempt in run.tries) == run.open_attempts
    assert KEY not in repr(run.notes)


@pytest.mark.parametrize(("klass", "fault"), list(product(CLASSES, FAULTS)))
def test_one_trouble_costs_no_parcel_and_no_second_one(make_rig: MakeRig, klass: str, fault: str) -> None:
    assert_honest(story(make_rig, klass, fault))


UNCLEAR = ("reset before it acted", "reset after it acted")
SECOND = (
    "connection refused", "reset before it acted", "reset after it acted", "503 after, with a wait", "409", "307 after",
    "204 after", "cut JSON after", "an HTML page with 200", "429 in seconds", "401", "422",
)  # fmt: skip


@pytest.mark.parametrize(("klass", "first", "second"), list(product(CLASSES, UNCLEAR, SECOND)))
def test_a_second_trouble_on_the_way_back_changes_nothing_of_that(
    make_rig: MakeRig, klass: str, first: str, second: str
) -> None:
    assert_honest(story(make_rig, klass, first, second))


@pytest.mark.parametrize("fault", ["reset after it acted", "reset before it acted"])
@pytest.mark.parametrize("klass", ["repeatable", "keyed"])
def test_what_may_be_sent_again_is_sent_again_byte_for_byte(make_rig: MakeRig, klass: str, fault: str) -> None:
    rig = story(make_rig, klass, fault)

    first, second = rig.vendor.writes
    assert first.content == second.content
    assert len(rig.vendor.effects) == 1
    assert next(iter(rig.ledger.runs.values())).state is State.DONE


def test_a_contact_edited_between_two_tries_does_not_change_the_bytes(make_rig: MakeRig) -> None:
    rig = make_rig(repeatable(), vendor=Vendor(script=[breaks()], upserts=True))
    run = rig.once()
    assert run.open_attempts == 1

    run.contact = run.contact.model_copy(update={"first_name": "Grace"})
    rig.drive(run)

    assert [b"Hi Ada" in write.content for write in rig.vendor.writes] == [True, True]


def test_a_key_is_the_same_for_every_try(make_rig: MakeRig) -> None:
    rig = story(make_rig, "keyed", "reset before it acted", "500 before")

    (run,) = rig.ledger.runs.values()
    assert [write.headers["Idempotency-Key"] for write in rig.vendor.writes] == [run.ref] * 3


def test_an_unclear_try_is_not_repeated_before_the_floor(make_rig: MakeRig) -> None:
    rig = make_rig(repeatable(), vendor=Vendor(script=[breaks()], upserts=True))
    run = rig.once()

    # deadline 30 s + max_processing 120 s = 150 s, more than the back-off's 2.5 s
    rig.ledger.clock.advance(seconds=149)
    assert rig.go(run) == 0
    rig.ledger.clock.advance(seconds=1)
    assert rig.go(run) == 1


# --- the look-up -------------------------------------------------------------------------------------------------


def test_a_look_up_that_finds_it_closes_the_step(make_rig: MakeRig) -> None:
    rig = story(make_rig, "lookup", "reset after it acted")

    (run,) = rig.ledger.runs.values()
    assert run.state is State.DONE
    assert len(rig.vendor.writes) == 1


def test_what_the_look_up_found_is_the_step_s_reference(make_rig: MakeRig) -> None:
    """The answer with the vendor's id was lost; the look-up is the only one who knows it."""
    rig = story(make_rig, "lookup", "reset after it acted")

    (run,) = rig.ledger.runs.values()
    assert (run.state, run.reference) == (State.DONE, "card-1")


def test_one_not_found_is_not_believed(make_rig: MakeRig) -> None:
    not_yet = answers(200, json=[])
    vendor = Vendor(script=[breaks(acts=True)], lookups=[not_yet])
    rig = make_rig(once("60s", strong=True), reconcile=True, vendor=vendor)

    run = rig.drive(rig.add())

    assert run.state is State.DONE
    assert len(rig.vendor.writes) == 1
    assert len(rig.vendor.reads) == 2


def test_two_not_founds_of_a_strong_vendor_send_it_again(make_rig: MakeRig) -> None:
    rig = story(make_rig, "strong lookup", "reset before it acted")

    (run,) = rig.ledger.runs.values()
    assert run.state is State.DONE
    assert len(rig.vendor.writes) == 2
    assert len(rig.vendor.effects) == 1


def test_two_not_founds_of_another_vendor_go_to_a_person(make_rig: MakeRig) -> None:
    rig = story(make_rig, "lookup", "reset before it acted")

    (run,) = rig.ledger.runs.values()
    assert run.state is State.REVIEW
    assert len(rig.vendor.writes) == 1


def test_not_found_is_no_proof_while_the_vendor_may_still_be_working_on_it(make_rig: MakeRig) -> None:
    """The vendor acts 150 s after it hung up; its lists said nothing at 10 s and would say nothing at 20 s either."""
    rig = make_rig(once("10s", strong=True), reconcile=True, vendor=Vendor(script=[breaks()]))
    run = rig.once()
    rig.ledger.clock.advance(seconds=10)
    rig.runner.check(rig.ledger.checks_due())
    rig.ledger.clock.advance(seconds=10)
    rig.runner.check(rig.ledger.checks_due())
    assert run.state is State.UNKNOWN

    # trusted from unknown_at + max_processing 120 s + settle 10 s
    assert run.next_check_at is not None
    assert (run.next_check_at - run.unknown_at).total_seconds() == 130  # type: ignore[operator]


def test_a_vendor_that_cannot_tell_for_a_day_leaves_it_to_a_person(make_rig: MakeRig) -> None:
    down: list[Play | None] = [answers(503)] * 100
    rig = make_rig(once("60s", strong=True), reconcile=True, vendor=Vendor(script=[breaks(acts=True)], lookups=down))

    run = rig.drive(rig.add())

    assert run.state is State.REVIEW
    assert run.open_attempts == 1
    assert len(rig.vendor.writes) == 1
    assert len(rig.vendor.reads) < 15  # 60 s, doubling: 2, 4, 8 … 1440 minutes


def test_a_strong_vendor_that_never_has_it_is_not_asked_for_ever(make_rig: MakeRig) -> None:
    rig = make_rig(once("60s", strong=True), reconcile=True, vendor=Vendor(script=[breaks()] * 50))

    run = rig.drive(rig.add())

    assert run.state is State.REVIEW
    assert len(rig.vendor.writes) == 8


def test_a_key_is_not_relied_on_after_a_long_hold(make_rig: MakeRig) -> None:
    """Unclear, then 401: the step is held for three days, and the vendor remembers a key for one."""
    vendor = Vendor(script=[breaks(acts=True), answers(401)], honours="Idempotency-Key")
    rig = make_rig(keyed("Idempotency-Key", "24h"), vendor=vendor)
    run = rig.drive(rig.add())
    assert run.state is State.HELD

    rig.ledger.clock.advance(days=3)
    vendor.known.clear()
    rig.ledger.release(run.id)
    rig.drive(run)

    assert run.state is State.REVIEW
    assert len(vendor.effects) == 1
