"""Access tokens end, are refused, are lost on their way; the steps of an account that signed in by OAuth 2 live with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections as databases
from django.db import transaction

from hub.accounts.models import Account
from hub.addons import diagnosis
from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import changes, keeping
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.dispatch import grant_moves
from hub.dispatch.batch import dispatch
from hub.dispatch.exchange import Exchange
from hub.dispatch.grant_moves import Mine, State
from hub.dispatch.grants import NoToken, Tokens, Trouble
from hub.dispatch.runner import Runner
from hub.engine import due, identity, release
from hub.engine.ledger import SqlLedger
from hub.engine.runtime import Writing
from hub.notifications.models import Notification
from hub.plans import enrollment
from hub.plans.models import StepRun
from hub.testing import faults
from hub.testing.faults import Fault
from tests.engine.world import make_plan
from tests.support.oauth_server import Harbour, harbour_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Dock:
    """Harbour with somebody signed in, a plan that books, and a worker."""

    harbour: Harbour
    plan: Any
    ledger: SqlLedger
    runner: Runner

    def enroll(self, number: int = 1) -> list[StepRun]:
        now = self.harbour.clock.now()
        people = Contact.objects.bulk_create(
            Contact(account=self.account, first_name=f"Ada{n}", created_at=now, updated_at=now) for n in range(number)
        )
        with transaction.atomic():
            enrollment.enroll(self.plan, [person.pk for person in people], by=SYSTEM, now=now)
        return list(StepRun.objects.order_by("contact_id"))

    def work(self) -> None:
        """What is due now."""
        dispatch(due.due_steps(self.harbour.clock.now(), 500), self.ledger, self.runner)

    def later(self, **span: float) -> None:
        """Time passes; then what is due is done."""
        self.harbour.clock.advance(**span)
        self.work()

    def states(self) -> list[str]:
        return list(StepRun.objects.order_by("contact_id").values_list("state", flat=True))

    @property
    def account(self) -> Account:
        account: Account = self.harbour.account
        return account

    @property
    def booked(self) -> list[str]:
        return [one["name"] for one in self.harbour.vendor.stored("/bookings")]

    def press_test(self) -> str:
        """As the page does."""
        connection = self.harbour.connection
        with transaction.atomic():
            changes.try_again(connection)
        seen = diagnosis.examine(connection)
        with transaction.atomic():
            freed = diagnosis.record(connection, seen, by=SYSTEM)
            release.of_account(freed.account_ids, "harbour")
        return seen.sentence


@pytest.fixture
def dock() -> Iterator[Dock]:
    with ExitStack() as stack:
        harbour = stack.enter_context(harbour_world())
        harbour.sign_in()
        with transaction.atomic():
            make_user(harbour.account, "admin", "grace")
            plan = make_plan(harbour.account, [("harbour.book", {"days": 2})], (), "none")
        worker = identity.enter()
        stack.callback(worker.leave)
        ledger = SqlLedger(worker)
        found = keeping.installed.registry()
        runner = Runner(ledger, found, harbour.outside, chance=lambda: 0.0, writer=Writing())
        stack.callback(runner.close)
        yield Dock(harbour, plan, ledger, runner)


def hours(dock: Dock, number: float) -> None:
    dock.harbour.clock.advance(hours=number)


def told() -> list[str]:
    return [str(one.data["text"]) for one in Notification.objects.filter(kind="addon.needs_sign_in")]


# --- it goes well -------------------------------------------------------------------------------------------------


def test_fifty_steps_at_the_end_of_a_token_renew_it_once(dock: Dock) -> None:
    dock.enroll(50)
    hours(dock, 1)

    dock.work()
    dock.later(seconds=2)

    assert dock.states() == ["done"] * 50
    assert len(dock.booked) == 50
    assert dock.harbour.sign_ins.renewed == 1
    assert dock.harbour.sign_ins.reused == 0
    assert dock.harbour.grant.version == 2
    assert all(run.attempts == 1 for run in StepRun.objects.all())  # waiting for the token was no try


def test_near_its_end_a_token_is_renewed_before_the_call(dock: Dock) -> None:
    dock.enroll()
    dock.harbour.clock.advance(minutes=58, seconds=1)

    dock.work()

    assert dock.states() == ["done"]
    assert dock.harbour.sign_ins.renewed == 1


def test_a_token_that_the_vendor_ends_early_costs_one_try_and_no_second_booking(dock: Dock) -> None:
    dock.enroll(3)
    hours(dock, 0.5)
    dock.harbour.sign_ins.end_tokens()

    dock.work()
    after_refusal = dock.states()
    dock.later(minutes=1)

    assert after_refusal == ["scheduled"] * 3
    assert dock.states() == ["done"] * 3
    assert sorted(dock.booked) == ["Ada0", "Ada1", "Ada2"]
    assert dock.harbour.sign_ins.renewed == 1


def test_a_vendor_that_keeps_one_refresh_token_is_renewed_again_and_again(dock: Dock) -> None:
    dock.harbour.sign_ins.rotates = False

    for _ in range(3):
        hours(dock, 1)
        dock.enroll()
        dock.work()

    assert dock.states() == ["done"] * 3
    assert dock.harbour.sign_ins.renewed == 3
    assert not dock.harbour.grant.rotates


def test_new_tokens_are_committed_before_they_are_used(dock: Dock) -> None:
    """And no transaction is open while the vendor is asked: its own thread can write the very row."""
    dock.enroll()
    hours(dock, 1)
    seen: list[tuple[str, int]] = []
    inner_token, inner_call = dock.harbour.sign_ins.handle, dock.harbour.vendor._answer

    def token(*given: Any) -> Any:
        OAuthGrant.objects.update(signed_in_by="somebody else")
        seen.append(("token", OAuthGrant.objects.get().version))
        databases.close_all()
        return inner_token(*given)

    def call(*given: Any) -> Any:
        seen.append((given[0], OAuthGrant.objects.get().version))
        databases.close_all()
        return inner_call(*given)

    dock.harbour.sign_ins.handle = token  # type: ignore[method-assign]
    dock.harbour.vendor._answer = call  # type: ignore[method-assign]

    dock.work()

    assert seen == [("token", 1), ("POST", 2)]


# --- a person must act --------------------------------------------------------------------------------------------


def test_a_withdrawn_access_holds_the_steps_tells_the_admin_once_and_goes_on_in_order(dock: Dock) -> None:
    dock.enroll(5)
    hours(dock, 1)
    dock.harbour.sign_ins.end_sign_ins()

    dock.work()
    dock.later(seconds=5)

    assert dock.states() == ["held"] * 5
    assert {run.hold_reason for run in StepRun.objects.all()} == {"connection"}
    assert "An admin signs in again under Add-Ons" in StepRun.objects.first().hold_detail  # type: ignore[union-attr]
    assert dock.harbour.connection.health == Connection.Health.NEEDS_SIGN_IN
    assert len(told()) == 1
    assert dock.harbour.grant.tokens is not None  # nothing is thrown away

    dock.harbour.sign_in()
    release.sweep()
    dock.work()

    assert dock.states() == ["done"] * 5
    assert len(dock.booked) == 5
    order = list(StepRun.objects.order_by("closed_at", "contact_id").values_list("contact_id", flat=True))
    assert order == sorted(order)


@pytest.mark.parametrize(
    "fault", [faults.reset(acts=True), faults.status(502, acts=True), faults.html()], ids=lambda fault: fault.name
)
def test_a_new_token_that_is_lost_is_asked_for_by_a_person_only(dock: Dock, fault: Fault) -> None:
    dock.enroll(2)
    hours(dock, 1)
    dock.harbour.sign_ins.fail(fault)

    dock.work()
    for _ in range(3):
        dock.later(hours=1)

    assert dock.states() == ["held"] * 2
    assert dock.harbour.grant.state == State.UNSURE
    assert dock.harbour.grant.tokens is not None
    assert dock.harbour.sign_ins.reused == 0
    assert len(told()) == 1
    assert "presses Test" in told()[0]


def test_pressing_test_finds_out_that_a_lost_renewal_had_not_happened(dock: Dock) -> None:
    dock.enroll(2)
    hours(dock, 1)
    dock.harbour.sign_ins.fail(faults.reset())
    dock.work()

    said = dock.press_test()
    dock.later(seconds=2)

    assert said == "The connection to Harbour works."
    assert dock.states() == ["done"] * 2
    assert dock.harbour.connection.health == Connection.Health.OK


def test_pressing_test_finds_out_that_it_had(dock: Dock) -> None:
    dock.enroll()
    hours(dock, 1)
    dock.harbour.sign_ins.fail(faults.reset(acts=True))
    dock.work()

    said = dock.press_test()

    assert "Harbour no longer accepts this account's sign-in" in said
    assert dock.harbour.connection.health == Connection.Health.NEEDS_SIGN_IN
    assert dock.states() == ["held"]


def test_a_vendor_that_does_not_rotate_is_asked_again_without_a_person(dock: Dock) -> None:
    dock.harbour.sign_ins.rotates = False
    hours(dock, 1)
    dock.enroll()
    dock.work()  # the first renewal shows that it does not
    dock.enroll()
    hours(dock, 1)
    dock.harbour.sign_ins.fail(faults.reset(acts=True))

    dock.work()
    waiting = dock.states()
    dock.later(seconds=31)

    assert waiting == ["done", "scheduled"]
    assert dock.states() == ["done", "done"]
    assert told() == []


@pytest.mark.parametrize(
    "fault", [faults.refused(), faults.too_many("90"), faults.status(404)], ids=lambda fault: fault.name
)
def test_a_token_endpoint_that_is_away_holds_nobody_and_is_left_alone_meanwhile(dock: Dock, fault: Fault) -> None:
    """A vendor that was merely slow has been reported as a wrong key elsewhere."""
    dock.enroll(20)
    hours(dock, 1)
    dock.harbour.sign_ins.fail(fault)
    if fault.how == "refused":
        _refuse_first(dock)
    asked = _count_questions(dock)

    dock.work()
    dock.later(seconds=2)
    waiting, questions = dock.states(), len(asked)
    dock.later(minutes=2)
    dock.later(seconds=2)

    assert waiting == ["scheduled"] * 20
    assert questions == 1
    assert dock.states() == ["done"] * 20
    assert told() == []
    assert dock.harbour.connection.health == Connection.Health.OK


def _count_questions(dock: Dock) -> list[int]:
    asked: list[int] = []
    inner = dock.harbour.outside.post

    async def post(*given: Any) -> Exchange:
        asked.append(1)
        return await inner(*given)

    dock.harbour.outside.post = post  # type: ignore[method-assign]
    return asked


def _refuse_first(dock: Dock) -> None:
    """A real socket cannot be refused by a server that listens, so the way out says it once."""
    from hub.dispatch.exchange import NeverLeft

    inner, left = dock.harbour.outside.post, [1]
    dock.harbour.sign_ins._faults.clear()

    async def post(*given: Any) -> Exchange:
        answer = await inner(*given) if not left else NeverLeft("the vendor could not be reached")
        left.clear()
        return answer

    dock.harbour.outside.post = post  # type: ignore[method-assign]


def test_a_wrong_client_secret_is_the_admins_and_no_new_sign_in_is_needed(dock: Dock) -> None:
    from hub.addons import changes as addons
    from tests.support.oauth_server import APP

    dock.enroll()
    hours(dock, 1)
    with transaction.atomic():
        addons.save_settings(
            dock.account, "harbour", {**APP, "client_secret": "wrong-7Q4711", "berth": "b1"}, by=SYSTEM
        )
    dock.work()
    held, health = dock.states(), dock.harbour.connection.health

    with transaction.atomic():
        addons.save_settings(dock.account, "harbour", {**APP, "berth": "b1"}, by=SYSTEM)
    said = dock.press_test()
    dock.work()

    assert (held, health) == (["held"], Connection.Health.NEEDS_ADMIN)
    assert said == "The connection to Harbour works."
    assert dock.states() == ["done"]


def test_a_token_refused_just_after_it_was_given_is_not_renewed_for_ever(dock: Dock) -> None:
    dock.enroll()
    dock.harbour.sign_ins.end_tokens()

    dock.work()

    assert dock.states() == ["held"]
    assert dock.harbour.sign_ins.renewed == 0
    assert dock.harbour.connection.health == Connection.Health.NEEDS_SIGN_IN


def test_signing_out_holds_what_waits(dock: Dock) -> None:
    dock.enroll()
    with transaction.atomic():
        changes.sign_out(dock.harbour.connection, "Harbour", by=SYSTEM)

    dock.work()

    assert dock.states() == ["held"]
    assert dock.booked == []


# --- workers that die over it -------------------------------------------------------------------------------------


def _begin(dock: Dock) -> tuple[keeping.SqlKeeper, Tokens]:
    """Some worker has its turn, and the vendor has answered it."""
    keeper = keeping.SqlKeeper(dock.harbour.connection.pk, "Harbour")
    turn = keeper.begin(1)
    assert isinstance(turn, Mine)
    now = dock.harbour.clock.now()
    return keeper, Tokens("new-access-7Q4711", "new-refresh-7Q4711", now, None, turn.held.tokens.scopes)


def test_a_renewal_whose_worker_died_is_told_within_a_minute(dock: Dock) -> None:
    _begin(dock)

    found = []
    for _ in range(6):
        dock.harbour.clock.advance(seconds=10)
        found.append(keeping.sweep())

    assert sum(found) == 1
    assert dock.harbour.grant.state == State.UNSURE
    assert dock.harbour.grant.tokens is not None
    assert len(told()) == 1


def test_a_worker_thought_dead_that_comes_home_with_tokens_is_believed(dock: Dock) -> None:
    dock.enroll()
    keeper, tokens = _begin(dock)
    dock.harbour.clock.advance(minutes=1)
    keeping.sweep()

    keeper.keep(1, tokens, ())

    assert dock.harbour.grant.state == State.GOOD
    assert dock.harbour.grant.version == 2
    assert dock.harbour.connection.health == Connection.Health.UNKNOWN


def test_keeping_the_same_tokens_twice_changes_nothing(dock: Dock) -> None:
    """The commit went through, and the database said that it did not."""
    keeper, tokens = _begin(dock)

    first, second = keeper.keep(1, tokens, ()), keeper.keep(1, tokens, ())

    assert first == second
    assert dock.harbour.grant.version == 2


def test_what_a_late_worker_brings_does_not_undo_a_new_sign_in(dock: Dock) -> None:
    keeper, tokens = _begin(dock)
    dock.harbour.sign_in()

    keeper.keep(1, tokens, ())
    keeper.fail(1, NoToken(Trouble.SIGN_IN, "it answered 400"))

    kept = keeping.read(dock.harbour.grant)
    assert kept.state is State.GOOD
    assert kept.tokens is not None
    assert kept.tokens.access != tokens.access


def test_what_a_late_worker_brings_does_not_undo_signing_out(dock: Dock) -> None:
    keeper, tokens = _begin(dock)
    with transaction.atomic():
        changes.sign_out(dock.harbour.connection, "Harbour", by=SYSTEM)

    said = keeper.keep(1, tokens, ())

    assert said == grant_moves.Over("Nobody is signed in to Harbour. An admin signs in under Add-Ons.")
    assert dock.harbour.grant.tokens is None
