"""Who carries a job out: the house's runner, or that of the guest whose code it is, in the guest's own loop.

What a guest has in hand is known here until it is over, so that it can be taken back when the guest's loop is given up. What has
not left is taken back at once: its fence goes up, so a thread that wakes sends nothing of it. The step that held the loop is its
author's to mend; where it is not known which one it was, each counts as one at which a worker died, and after the third time a
person looks. What may have left stays as it is, *calling*: a late answer is welcome, and without one the sweeper takes it as
unclear.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from hub.core.effects import once
from hub.core.errors import Unreachable
from hub.core.outcomes import Broken, Wait
from hub.dispatch import about
from hub.dispatch.classify import Conclusion
from hub.dispatch.gate import Do, Gate
from hub.dispatch.guests.guest import Guest, Loss
from hub.dispatch.guests.house import Guests
from hub.dispatch.guests.loop import GuestLoop
from hub.dispatch.ledger import Job, Ledger, Settlement
from hub.dispatch.lines import Over
from hub.dispatch.machine import Move, after_call, after_check, after_crash, after_gate
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import State

log = logging.getLogger("hub.dispatch")

TRIES, PAUSE_SECONDS = 6, 0.2
"""How often a store that fails is asked to take something back, with pauses that double; then the sweeper does it by and by."""


@dataclass
class Hand:
    """What one loop of a guest's has in hand.

    Attributes:
        jobs: by run, each with whom to tell when it is over.
    """

    loop: GuestLoop
    runner: Runner
    jobs: dict[UUID, tuple[Job, Over]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, jobs: Iterable[Job], over: Over) -> None:
        """These are about to be begun."""
        with self._lock:
            self.jobs |= {job.run_id: (job, over) for job in jobs}

    def over(self, run_id: UUID) -> None:
        """The runner is done with it. One that was taken back is somebody else's by now."""
        with self._lock:
            known = self.jobs.pop(run_id, None)
        if known is not None:
            known[1](run_id)

    def back(self, jobs: Iterable[Job] | None = None) -> list[tuple[Job, Over]]:
        """Those of these that are still in hand, or all, which are nobody's from now on."""
        with self._lock:
            ids = list(self.jobs) if jobs is None else [job.run_id for job in jobs]
            return [self.jobs.pop(run_id) for run_id in ids if run_id in self.jobs]


class Carriers:
    """See the module's docstring. Make one a process; threads may share it.

    Args:
        house: carries out what is the house's own.
        guests: None where there are none.
        make: makes a runner for a guest's loop.
        ended: called by each thread of ours at its end, to let go of what it holds.
    """

    def __init__(
        self, house: Runner, ledger: Ledger, guests: Guests | None, make: Callable[[Outside], Runner],
        ended: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._house, self._ledger, self._guests, self._make, self._ended = house, ledger, guests, make, ended
        self._hands: dict[GuestLoop, Hand] = {}
        self._lock = threading.Lock()
        if guests is not None:
            guests.listen(self.lost)

    def close(self) -> None:
        """Begin nothing more at any guest's."""
        if self._guests is not None:
            self._guests.forget(self.lost)
        with self._lock:
            hands, self._hands = self._hands, {}
        for hand in hands.values():
            hand.runner.leave()

    def begin(self, jobs: Sequence[Job], over: Over) -> None:
        """As :meth:`Runner.begin`, each job where it belongs."""
        self._begin(jobs, over, Runner.begin)

    def begin_checks(self, jobs: Sequence[Job], over: Over) -> None:
        """As :meth:`Runner.begin_checks`."""
        self._begin(jobs, over, Runner.begin_checks)

    def _begin(self, jobs: Sequence[Job], over: Over, begin: Callable[[Runner, Sequence[Job], Over], None]) -> None:
        ours, theirs = self._sorted(jobs)
        begin(self._house, ours, over)
        for guest, their_jobs in theirs.items():
            self._begin_at(guest, their_jobs, over, begin)

    def _sorted(self, jobs: Sequence[Job]) -> tuple[Sequence[Job], Mapping[Guest, list[Job]]]:
        if self._guests is None:
            return jobs, {}
        ours: list[Job] = []
        theirs: dict[Guest, list[Job]] = defaultdict(list)
        for job in jobs:
            guest = self._guests.of(job.claim.plugin.info.name if job.claim else about.addon_of(job))
            (ours if guest is None else theirs[guest]).append(job)
        return ours, theirs

    def _begin_at(
        self, guest: Guest, jobs: Sequence[Job], over: Over, begin: Callable[[Runner, Sequence[Job], Over], None]
    ) -> None:
        """Where the guest rests, they are put off."""
        try:
            hand = self._hand(guest.way_out())
        except Unreachable as rests:
            self._put_off([(job, over) for job in jobs], rests)
            return
        hand.take(jobs, over)
        try:
            begin(hand.runner, jobs, hand.over)
        except Unreachable as rests:  # it was given up in this moment, and perhaps these have been taken back already
            self._put_off(hand.back(jobs), rests)

    def _put_off(self, dropped: Sequence[tuple[Job, Over]], rests: Unreachable) -> None:
        self._put_back(dropped, lambda job: waits(job, rests, self._ledger), 1)

    def _hand(self, loop: GuestLoop) -> Hand:
        with self._lock:
            if loop not in self._hands:
                self._hands[loop] = Hand(loop, self._make(loop))
            return self._hands[loop]

    # --- when a loop is given up -------------------------------------------------------------------------------

    def lost(self, loss: Loss) -> None:
        """Take back what it had in hand. Begins a thread for it: the watcher must not wait for a store."""
        with self._lock:
            hand = self._hands.pop(loss.loop, None)
        if hand is None:
            return
        hand.runner.leave()
        threading.Thread(target=self._take_back, args=(hand.back(), loss), name="hub-taking-back", daemon=True).start()

    def _take_back(self, dropped: Sequence[tuple[Job, Over]], loss: Loss) -> None:
        known = any(job.ref == loss.task for job, _ in dropped)
        try:
            self._put_back(dropped, lambda job: taken_back(job, loss, self._ledger, known=known), TRIES)
        finally:
            self._ended()

    def _put_back(self, dropped: Sequence[tuple[Job, Over]], end: Callable[[Job], Settlement], tries: int) -> None:
        """Settle them, and say that they are over. Raises nothing: a row that could not be written says what is true, and the
        sweeper goes by it."""
        try:
            self._settle([end(job) for job, _ in dropped], tries)
        except Exception:
            log.exception("%s steps of a guest could not be put back; the sweeper finds them", len(dropped))
        finally:
            for job, over in dropped:
                over(job.run_id)

    def _settle(self, settlements: Sequence[Settlement], tries: int) -> None:
        for attempt in range(tries):
            try:
                return self._ledger.settle(settlements)
            except Exception:
                if attempt == tries - 1:
                    raise
                time.sleep(PAUSE_SECONDS * 2**attempt)


def waits(job: Job, rests: Unreachable, ledger: Ledger) -> Settlement:
    """The guest rests: nothing was begun, and the step, or the look-up, comes again."""
    said = rests.outcome
    assert isinstance(said, Wait)
    return (
        _again(job, said, ledger) if job.standing.state is State.UNKNOWN else Settlement(job, _later(job, said, ledger))
    )


def taken_back(job: Job, loss: Loss, ledger: Ledger, *, known: bool) -> Settlement:
    """What becomes of a job in a loop that was given up, if nothing of it has left.

    Args:
        known: one of the loop's jobs is known to have held it.
    """
    why = Wait(f"{loss.sentence}, and its work was put off.", loss.rest)
    if job.standing.state is State.UNKNOWN:
        return _again(job, why, ledger)
    if job.ref == loss.task:
        return _broken(job, loss, ledger)
    if known:
        return Settlement(job, _later(job, why, ledger))
    return Settlement(job, after_crash(job.standing, None, None, ledger.now(), chance=random.random()))


def _broken(job: Job, loss: Loss, ledger: Ledger) -> Settlement:
    end = Conclusion(Broken(f"{loss.sentence}, where it must give way to others."))
    return Settlement(job, after_call(job.standing, end, ledger.now(), 0.0), end)


def _later(job: Job, why: Wait, ledger: Ledger) -> Move:
    now = ledger.now()
    until = now + timedelta(seconds=why.seconds or 0)
    return after_gate(job.standing, Gate(Do.WAIT, "", why.sentence(), until), now)


def _again(job: Job, why: Wait, ledger: Ledger) -> Settlement:
    """A look-up that came to nothing."""
    return Settlement(job, after_check(job.standing, why, job.effect or once(), ledger.now()), Conclusion(why))
