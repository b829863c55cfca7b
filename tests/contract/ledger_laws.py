"""The laws of :mod:`hub.dispatch.ledger`, as one suite for every store that claims to keep them.

A store comes with a :class:`Harness`, a handful of functions that do to it what people and workers do. Its test file is short::

    class TestMyLedger(LedgerLaws):
        @pytest.fixture
        def harness(self) -> Harness:
            return MyHarness()

The laws make their moves with the real machine, so what is written is what the runner would write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import pytest

from hub.core.effects import Effect, keyed, once, repeatable
from hub.core.outcomes import CannotTell, NeedsAdmin, NotSent, Outcome, Rejected, Sent, Unknown, Wait
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.gate import Do, Gate
from hub.dispatch.ledger import Job, Ledger, Settlement
from hub.dispatch.machine import after_call, after_check, after_gate
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.dispatch.states import State


@dataclass(frozen=True)
class Look:
    """How a run stands in the store.

    Attributes:
        open: attempts written down whose outcome is *unclear* and not settled by anything since.
        tries: attempts written down.
        notes: lines about this run in the contact's history.
    """

    state: State
    fence: int
    attempts: int = 0
    open_attempts: int = 0
    crashes: int = 0
    open: int = 0
    tries: int = 0
    notes: int = 0
    due_at: datetime | None = None
    next_check_at: datetime | None = None


class Harness(Protocol):
    """What a store must offer to be judged. Everything else goes through its ``ledger``."""

    ledger: Ledger

    def add(self, *, due_in: timedelta = timedelta(0)) -> UUID:
        """A scheduled run of an installed action, for a contact that lacks nothing, in an active account."""

    def look(self, run_id: UUID) -> Look:
        """How it stands."""

    def advance(self, span: timedelta) -> None:
        """Let time pass."""

    def pause(self) -> None:
        """Pause the account of all runs."""

    def cancel(self, run_id: UUID) -> None:
        """A person takes the contact off the plan while a worker holds the run."""

    def sweep(self, run_id: UUID) -> None:
        """The worker that holds the run is proven gone, and the sweeper comes by. Harmless when nobody holds it."""

    def checks_due(self) -> Sequence[Job]:
        """Take the unknown runs whose look-up is due."""


BYTES = FrozenRequest("POST", "https://api.pigeon.test/cards", (("Accept", "application/json"),), b'{"to": "Ada"}')
BLIND, LOOKUP, AGAIN = once(), once("60s", strong=True), repeatable()
SECOND = timedelta(seconds=1)
A_WHILE = timedelta(minutes=1)
"""Longer than a swept run waits before it is due again."""


def intent(job: Job, effect: Effect = BLIND, *, reconciles: bool = False, request: FrozenRequest = BYTES) -> Intent:
    """The wish to send."""
    return Intent(job.run_id, job.fence, request, effect, effect.effect_class(reconciles=reconciles), job.ref,
                  timedelta(seconds=30))  # fmt: skip


def ended(
    job: Job, ledger: Ledger, outcome: Outcome, wire: Wire = Wire.NONE, attempt: int | None = None,
    effect: Effect = BLIND, *, reconciles: bool = False,
) -> Settlement:  # fmt: skip
    """The end of a call, as the runner settles it."""
    reference = getattr(outcome, "reference", "")
    end = Conclusion(
        outcome, wire, effect, effect.effect_class(reconciles=reconciles), timedelta(seconds=30), 201, reference
    )
    return Settlement(job, after_call(job.standing, end, ledger.now(), 0.0), end, attempt)


def gated(job: Job, ledger: Ledger, do: Do) -> Settlement:
    """The gate did not let it pass."""
    until = ledger.now() + timedelta(seconds=30) if do is Do.WAIT else None
    return Settlement(job, after_gate(job.standing, Gate(do, "account_paused", "Because.", until), ledger.now()))


def found(job: Job, ledger: Ledger, finding: Outcome, effect: Effect = LOOKUP) -> Settlement:
    """The end of a look-up."""
    return Settlement(job, after_check(job.standing, finding, effect, ledger.now()), Conclusion(finding))


class LedgerLaws:
    """Inherit, and give a ``harness`` fixture."""

    # --- helpers -----------------------------------------------------------------------------------------------

    def claimed(self, harness: Harness) -> Job:
        (job,) = harness.ledger.claim([harness.add()])
        return job

    def calling(self, harness: Harness, effect: Effect = BLIND, *, reconciles: bool = False) -> tuple[Job, int]:
        job = self.claimed(harness)
        (answer,) = harness.ledger.intend([intent(job, effect, reconciles=reconciles)])
        assert isinstance(answer, Granted)
        return job, answer.attempt

    def unknown(self, harness: Harness) -> tuple[Job, int]:
        job, attempt = self.calling(harness, LOOKUP, reconciles=True)
        harness.ledger.settle([ended(job, harness.ledger, Unknown(), Wire.UNCLEAR, attempt, LOOKUP, reconciles=True)])
        assert harness.look(job.run_id).state is State.UNKNOWN
        return job, attempt

    def assert_counted(self, harness: Harness, run_id: UUID) -> None:
        look = harness.look(run_id)
        assert look.open == look.open_attempts

    # --- law 1: claim ------------------------------------------------------------------------------------------

    def test_a_due_run_is_claimed_once_and_its_fence_goes_up(self, harness: Harness) -> None:
        run_id = harness.add()
        before = harness.look(run_id).fence

        (job,) = harness.ledger.claim([run_id, run_id])

        assert job.fence > before
        assert harness.look(run_id).state is State.CLAIMED
        assert harness.ledger.claim([run_id]) == []

    def test_what_is_not_due_or_does_not_exist_is_not_claimed(self, harness: Harness) -> None:
        later = harness.add(due_in=timedelta(minutes=5))
        assert list(harness.ledger.claim([later, uuid4()])) == []

        harness.advance(timedelta(minutes=5))
        assert [job.run_id for job in harness.ledger.claim([later])] == [later]

    def test_a_run_given_back_is_claimed_under_a_higher_fence(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.ledger.settle([gated(job, harness.ledger, Do.WAIT)])
        assert harness.look(job.run_id).state is State.SCHEDULED

        harness.advance(timedelta(seconds=30))
        (again,) = harness.ledger.claim([job.run_id])
        assert again.fence > job.fence

    # --- law 2: intend -----------------------------------------------------------------------------------------

    def test_an_intent_is_written_down_before_it_is_granted(self, harness: Harness) -> None:
        job = self.claimed(harness)

        (answer,) = harness.ledger.intend([intent(job)])

        assert isinstance(answer, Granted)
        assert (answer.attempt, answer.request.digest) == (1, BYTES.digest)
        look = harness.look(job.run_id)
        assert (look.state, look.attempts, look.tries) == (State.CALLING, 1, 1)

    def test_the_same_intent_again_is_the_same_attempt(self, harness: Harness) -> None:
        """The commit went through and its answer was lost: the store knows its own."""
        job = self.claimed(harness)

        first, second = (harness.ledger.intend([intent(job)])[0] for _ in range(2))

        assert isinstance(first, Granted)
        assert isinstance(second, Granted)
        assert first.attempt == second.attempt
        look = harness.look(job.run_id)
        assert (look.attempts, look.tries) == (1, 1)

    def test_other_bytes_under_the_same_claim_do_not_leave(self, harness: Harness) -> None:
        job, _ = self.calling(harness)

        (answer,) = harness.ledger.intend([intent(job, request=replace(BYTES, content=b"{}"))])

        assert answer == Denied(fenced=True)

    def test_an_intent_that_was_settled_is_not_granted_again(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, AGAIN)
        harness.ledger.settle([ended(job, harness.ledger, Unknown(), Wire.UNCLEAR, attempt, AGAIN)])

        (answer,) = harness.ledger.intend([intent(job, AGAIN)])

        assert answer == Denied(fenced=True)

    def test_a_stale_fence_does_not_leave(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.sweep(job.run_id)
        harness.advance(A_WHILE)
        (theirs,) = harness.ledger.claim([job.run_id])

        assert harness.ledger.intend([intent(job)]) == [Denied(fenced=True)]
        assert isinstance(harness.ledger.intend([intent(theirs)])[0], Granted)
        assert harness.ledger.intend([intent(job)]) == [Denied(fenced=True)]

    def test_what_nobody_claimed_does_not_leave(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.sweep(job.run_id)
        fence = harness.look(job.run_id).fence

        assert harness.ledger.intend([intent(replace(job, fence=fence))]) == [Denied(fenced=True)]
        assert harness.ledger.intend([intent(replace(job, run_id=uuid4()))]) == [Denied(fenced=True)]

    def test_after_a_pause_nothing_leaves(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.pause()

        (answer,) = harness.ledger.intend([intent(job)])

        assert isinstance(answer, Denied)
        assert not answer.fenced
        assert answer.sentence
        assert harness.look(job.run_id).state is State.CLAIMED
        assert harness.look(job.run_id).tries == 0

    def test_after_a_stop_nothing_leaves(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.cancel(job.run_id)

        (answer,) = harness.ledger.intend([intent(job)])

        assert isinstance(answer, Denied)
        assert harness.look(job.run_id).tries == 0
        assert harness.look(job.run_id).state is not State.CALLING

    def test_a_group_is_answered_in_its_order(self, harness: Harness) -> None:
        mine, gone, last = (self.claimed(harness) for _ in range(3))
        harness.sweep(gone.run_id)

        answers = harness.ledger.intend([intent(mine), intent(gone), intent(last)])

        assert [isinstance(answer, Granted) for answer in answers] == [True, False, True]

    # --- law 3: settle -----------------------------------------------------------------------------------------

    def test_done_is_written_once(self, harness: Harness) -> None:
        job, attempt = self.calling(harness)
        proof = ended(job, harness.ledger, Sent("card-1", "Card 1 is out"), Wire.ACTED, attempt)

        harness.ledger.settle([proof])
        first = harness.look(job.run_id)
        harness.ledger.settle([proof])

        assert (first.state, first.notes, first.attempts) == (State.DONE, 1, 1)
        assert harness.look(job.run_id) == first
        self.assert_counted(harness, job.run_id)

    @pytest.mark.parametrize("do", [Do.HOLD, Do.WAIT, Do.REFUSE, Do.ASK, Do.CANCEL, Do.SKIP])
    def test_the_gates_word_is_written_once(self, harness: Harness, do: Do) -> None:
        job = self.claimed(harness)
        settlement = gated(job, harness.ledger, do)

        harness.ledger.settle([settlement])
        first = harness.look(job.run_id)
        harness.ledger.settle([settlement])

        assert first.state is settlement.move.to
        assert harness.look(job.run_id) == first

    def test_a_look_up_is_written_once(self, harness: Harness) -> None:
        self.unknown(harness)
        harness.advance(timedelta(minutes=2))
        (job,) = harness.checks_due()
        settlement = found(job, harness.ledger, CannotTell())

        harness.ledger.settle([settlement])
        first = harness.look(job.run_id)
        harness.ledger.settle([settlement])

        assert first.state is State.UNKNOWN
        assert harness.look(job.run_id) == first

    @pytest.mark.parametrize(
        ("outcome", "wire", "state"),
        [
            (Wait("Nobody at home."), Wire.NOT_SENT, State.SCHEDULED),
            (Wait("Slow down."), Wire.REFUSED, State.SCHEDULED),
            (Rejected("No such address."), Wire.REFUSED, State.FAILED),
            (NeedsAdmin("Wrong key."), Wire.REFUSED, State.HELD),
            (Unknown(), Wire.UNCLEAR, State.REVIEW),
        ],
    )
    def test_every_end_of_a_call_is_written(self, harness: Harness, outcome: Outcome, wire: Wire, state: State) -> None:
        job, attempt = self.calling(harness)

        harness.ledger.settle([ended(job, harness.ledger, outcome, wire, attempt)])

        look = harness.look(job.run_id)
        assert (look.state, look.attempts) == (state, 1)
        assert look.open_attempts == (1 if wire is Wire.UNCLEAR else 0)
        self.assert_counted(harness, job.run_id)

    def test_a_word_without_an_intent_does_not_move_what_is_being_sent(self, harness: Harness) -> None:
        job, _ = self.calling(harness)

        harness.ledger.settle([ended(job, harness.ledger, Wait("Later."))])

        assert harness.look(job.run_id).state is State.CALLING

    def test_a_stale_worker_cannot_undo_anything(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, AGAIN)
        harness.sweep(job.run_id)
        before = harness.look(job.run_id)

        words = [(Wait("Later."), Wire.REFUSED), (Rejected("No."), Wire.REFUSED), (Unknown(), Wire.UNCLEAR)]
        for outcome, wire in words:
            harness.ledger.settle([ended(job, harness.ledger, outcome, wire, attempt, AGAIN)])

        assert harness.look(job.run_id) == before

    def test_a_stale_word_does_not_spoil_its_neighbours(self, harness: Harness) -> None:
        (stale, n), (mine, m) = self.calling(harness), self.calling(harness)
        harness.sweep(stale.run_id)

        harness.ledger.settle(
            [
                ended(stale, harness.ledger, Wait("Later."), Wire.REFUSED, n),
                ended(mine, harness.ledger, Sent("card-2"), Wire.ACTED, m),
            ]
        )

        assert harness.look(mine.run_id).state is State.DONE
        assert harness.look(stale.run_id).state is State.REVIEW

    # --- law 4: late proof -------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("effect", "reconciles", "state"),
        [(BLIND, False, State.REVIEW), (LOOKUP, True, State.UNKNOWN), (AGAIN, False, State.SCHEDULED)],
    )
    def test_late_proof_is_believed(self, harness: Harness, effect: Effect, reconciles: bool, state: State) -> None:
        job, attempt = self.calling(harness, effect, reconciles=reconciles)
        harness.sweep(job.run_id)
        assert harness.look(job.run_id).state is state
        proof = ended(job, harness.ledger, Sent("card-1"), Wire.ACTED, attempt, effect, reconciles=reconciles)

        harness.ledger.settle([proof])
        first = harness.look(job.run_id)
        harness.ledger.settle([proof])

        assert (first.state, first.open_attempts, first.attempts) == (State.DONE, 0, 1)
        assert harness.look(job.run_id) == first
        self.assert_counted(harness, job.run_id)

    def test_late_proof_of_one_attempt_settles_those_after_it(self, harness: Harness) -> None:
        job, first = self.calling(harness, AGAIN)
        harness.sweep(job.run_id)
        harness.advance(timedelta(hours=1))
        (again,) = harness.ledger.claim([job.run_id])
        (granted,) = harness.ledger.intend([intent(again, AGAIN)])
        assert isinstance(granted, Granted)
        harness.ledger.settle([ended(again, harness.ledger, Unknown(), Wire.UNCLEAR, granted.attempt, AGAIN)])
        assert harness.look(job.run_id).open == 2

        harness.ledger.settle([ended(job, harness.ledger, Sent("card-1"), Wire.ACTED, first, AGAIN)])

        assert harness.look(job.run_id).state is State.DONE
        self.assert_counted(harness, job.run_id)

    def test_late_proof_does_not_take_a_run_out_of_a_workers_hands(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, AGAIN)
        harness.sweep(job.run_id)
        harness.advance(timedelta(hours=1))
        (theirs,) = harness.ledger.claim([job.run_id])

        harness.ledger.settle([ended(job, harness.ledger, Sent("card-1"), Wire.ACTED, attempt, AGAIN)])

        assert harness.look(job.run_id).state is State.CLAIMED
        assert harness.look(job.run_id).fence == theirs.fence

    def test_done_without_a_request_is_no_late_proof(self, harness: Harness) -> None:
        job = self.claimed(harness)
        harness.sweep(job.run_id)

        harness.ledger.settle([ended(job, harness.ledger, Sent("card-1"))])

        assert harness.look(job.run_id).state is State.SCHEDULED

    # --- law 5: nothing is lost, nothing is undone -------------------------------------------------------------

    def test_a_dead_worker_that_had_sent_nothing_costs_nothing(self, harness: Harness) -> None:
        job = self.claimed(harness)

        harness.sweep(job.run_id)
        first = harness.look(job.run_id)
        harness.sweep(job.run_id)

        assert (first.state, first.crashes, first.attempts) == (State.SCHEDULED, 1, 0)
        assert first.fence > job.fence
        assert harness.look(job.run_id) == first

    def test_a_step_that_kills_three_workers_is_shown_to_a_person(self, harness: Harness) -> None:
        run_id = harness.add()
        for _ in range(3):
            assert len(harness.ledger.claim([run_id])) == 1
            harness.sweep(run_id)
            harness.advance(A_WHILE)

        assert harness.look(run_id).state is State.REVIEW

    @pytest.mark.parametrize(
        ("effect", "reconciles", "state"),
        [
            (BLIND, False, State.REVIEW),
            (LOOKUP, True, State.UNKNOWN),
            (AGAIN, False, State.SCHEDULED),
            (keyed("Idempotency-Key", "24h"), False, State.SCHEDULED),
        ],
    )
    def test_a_dead_worker_that_may_have_sent_leaves_an_open_attempt(
        self, harness: Harness, effect: Effect, reconciles: bool, state: State
    ) -> None:
        job, _ = self.calling(harness, effect, reconciles=reconciles)

        harness.sweep(job.run_id)
        first = harness.look(job.run_id)
        harness.sweep(job.run_id)

        assert (first.state, first.open_attempts, first.attempts) == (state, 1, 1)
        assert harness.look(job.run_id) == first
        self.assert_counted(harness, job.run_id)
        assert list(harness.ledger.claim([job.run_id])) == []  # the floor has not passed, or it is not scheduled

    def test_the_bytes_of_an_open_attempt_come_back_with_its_promise(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, AGAIN)
        harness.ledger.settle([ended(job, harness.ledger, Unknown(), Wire.UNCLEAR, attempt, AGAIN)])
        harness.advance(timedelta(hours=1))

        (again,) = harness.ledger.claim([job.run_id])

        assert again.frozen is not None
        assert again.frozen.digest == BYTES.digest
        assert again.effect == AGAIN
        assert (again.ref, again.standing.open_attempts, again.standing.attempts) == (job.ref, 1, 1)
        assert again.standing.since is not None

    def test_the_bytes_of_a_refused_attempt_do_not_come_back(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, AGAIN)
        harness.ledger.settle([ended(job, harness.ledger, Wait("Slow down."), Wire.REFUSED, attempt, AGAIN)])
        harness.advance(timedelta(hours=1))

        (again,) = harness.ledger.claim([job.run_id])

        assert (again.frozen, again.standing.open_attempts) == (None, 0)

    def test_an_open_attempt_stays_open_through_a_later_refusal_and_ends_in_review(self, harness: Harness) -> None:
        job, n = self.calling(harness, AGAIN)
        harness.ledger.settle([ended(job, harness.ledger, Unknown(), Wire.UNCLEAR, n, AGAIN)])
        harness.advance(timedelta(hours=1))
        (again,) = harness.ledger.claim([job.run_id])
        (answer,) = harness.ledger.intend([intent(again, AGAIN)])
        assert isinstance(answer, Granted)
        assert answer.attempt == 2

        harness.ledger.settle([ended(again, harness.ledger, Rejected("No."), Wire.REFUSED, answer.attempt, AGAIN)])

        look = harness.look(job.run_id)
        assert (look.state, look.open_attempts, look.attempts) == (State.REVIEW, 1, 2)
        self.assert_counted(harness, job.run_id)

    def test_the_second_tries_proof_closes_the_first_one_too(self, harness: Harness) -> None:
        job, n = self.calling(harness, AGAIN)
        harness.ledger.settle([ended(job, harness.ledger, Unknown(), Wire.UNCLEAR, n, AGAIN)])
        harness.advance(timedelta(hours=1))
        (again,) = harness.ledger.claim([job.run_id])
        (answer,) = harness.ledger.intend([intent(again, AGAIN)])
        assert isinstance(answer, Granted)

        harness.ledger.settle([ended(again, harness.ledger, Sent("x"), Wire.ACTED, answer.attempt, AGAIN)])

        look = harness.look(job.run_id)
        assert (look.state, look.open_attempts, look.open, look.tries) == (State.DONE, 0, 0, 2)

    # --- look-ups ----------------------------------------------------------------------------------------------

    def test_an_unknown_run_is_looked_up_when_it_is_time_and_never_claimed(self, harness: Harness) -> None:
        job, _ = self.unknown(harness)
        harness.advance(timedelta(seconds=59))
        assert list(harness.checks_due()) == []
        harness.advance(SECOND)

        (check,) = harness.checks_due()

        assert check.standing.state is State.UNKNOWN
        assert check.standing.unknown_at is not None
        assert check.effect == LOOKUP
        assert check.fence > job.fence
        assert list(harness.ledger.claim([job.run_id])) == []

    def test_what_was_found_is_done(self, harness: Harness) -> None:
        self.unknown(harness)
        harness.advance(timedelta(minutes=2))
        (check,) = harness.checks_due()

        harness.ledger.settle([found(check, harness.ledger, Sent("card-1"))])

        assert harness.look(check.run_id).state is State.DONE
        self.assert_counted(harness, check.run_id)

    def test_what_a_strong_vendor_did_not_find_twice_goes_back_in_line_with_nothing_open(
        self, harness: Harness
    ) -> None:
        self.unknown(harness)
        for seen in range(2):
            harness.advance(timedelta(minutes=10))
            (check,) = harness.checks_due()
            assert check.standing.not_found == seen
            harness.ledger.settle([found(check, harness.ledger, NotSent())])

        look = harness.look(check.run_id)
        assert (look.state, look.open_attempts) == (State.SCHEDULED, 0)
        self.assert_counted(harness, check.run_id)
        (again,) = harness.ledger.claim([check.run_id])
        assert isinstance(harness.ledger.intend([intent(again, LOOKUP, reconciles=True)])[0], Granted)

    def test_what_is_proven_absent_is_not_open_even_when_a_person_must_decide(self, harness: Harness) -> None:
        """After eight tries it is not sent once more by itself, but nothing of it is on its way either."""
        self.unknown(harness)
        for _ in range(2):
            harness.advance(timedelta(minutes=10))
            (check,) = harness.checks_due()
            tired = replace(check, standing=replace(check.standing, attempts=8))
            harness.ledger.settle([found(tired, harness.ledger, NotSent())])

        look = harness.look(check.run_id)
        assert (look.state, look.open_attempts) == (State.REVIEW, 0)
        self.assert_counted(harness, check.run_id)

    def test_a_look_up_that_comes_home_after_the_proof_changes_nothing(self, harness: Harness) -> None:
        job, attempt = self.calling(harness, LOOKUP, reconciles=True)
        harness.sweep(job.run_id)
        harness.advance(timedelta(minutes=2))
        (check,) = harness.checks_due()
        harness.ledger.settle(
            [ended(job, harness.ledger, Sent("card-1"), Wire.ACTED, attempt, LOOKUP, reconciles=True)]
        )
        done = harness.look(job.run_id)

        harness.ledger.settle([found(check, harness.ledger, NotSent())])

        assert done.state is State.DONE
        assert harness.look(job.run_id) == done

    def test_a_look_up_in_hand_is_nobody_elses(self, harness: Harness) -> None:
        self.unknown(harness)
        harness.advance(timedelta(minutes=2))
        (check,) = harness.checks_due()
        harness.advance(timedelta(minutes=9))
        assert list(harness.checks_due()) == []

        harness.ledger.settle([found(check, harness.ledger, CannotTell())])

        assert harness.look(check.run_id).state is State.UNKNOWN
        harness.advance(timedelta(minutes=10))
        assert [job.standing.checks for job in harness.checks_due()] == [1]

    def test_what_a_look_up_found_is_believed_although_another_has_taken_its_place(self, harness: Harness) -> None:
        self.unknown(harness)
        harness.advance(timedelta(minutes=2))
        (first,) = harness.checks_due()
        harness.advance(timedelta(minutes=11))
        (second,) = harness.checks_due()
        assert second.fence > first.fence

        harness.ledger.settle([found(first, harness.ledger, Sent("card-1"))])
        done = harness.look(first.run_id)
        harness.ledger.settle([found(second, harness.ledger, NotSent())])

        assert (done.state, done.open_attempts, done.open) == (State.DONE, 0, 0)
        assert harness.look(first.run_id) == done
        self.assert_counted(harness, first.run_id)

    # --- closed for ever ---------------------------------------------------------------------------------------

    @pytest.mark.parametrize("closed", [State.DONE, State.FAILED, State.CANCELLED, State.SKIPPED])
    def test_closed_stays_closed(self, harness: Harness, closed: State) -> None:
        job, attempt = self.closed(harness, closed)
        before = harness.look(job.run_id)
        late: list[Callable[[], object]] = [
            lambda: harness.ledger.claim([job.run_id]),
            lambda: harness.ledger.intend([intent(job)]),
            lambda: harness.ledger.intend([intent(replace(job, fence=before.fence))]),
            lambda: harness.sweep(job.run_id),
            lambda: harness.cancel(job.run_id),
            lambda: harness.ledger.settle([gated(job, harness.ledger, Do.WAIT)]),
            lambda: harness.ledger.settle([ended(job, harness.ledger, Wait(), Wire.REFUSED, attempt)]),
        ]
        if closed is State.DONE:
            late.append(lambda: harness.ledger.settle([ended(job, harness.ledger, Sent("y"), Wire.ACTED, attempt)]))

        for word in late:
            word()

        assert harness.look(job.run_id) == before

    def closed(self, harness: Harness, state: State) -> tuple[Job, int | None]:
        ways = {State.FAILED: Do.REFUSE, State.CANCELLED: Do.CANCEL, State.SKIPPED: Do.SKIP}
        if state is State.DONE:
            job, attempt = self.calling(harness)
            harness.ledger.settle([ended(job, harness.ledger, Sent("x"), Wire.ACTED, attempt)])
            return job, attempt
        job = self.claimed(harness)
        harness.ledger.settle([gated(job, harness.ledger, ways[state])])
        return job, None
