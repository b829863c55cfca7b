"""Whatever happens in whatever order: hypothesis moves the people of :mod:`tests.faults.stage`, and hopes for a second parcel.

The real machine decides, on the memory ledger and on the engine's. What must be so at every moment is asked after every move; in
the end all is made well, everything comes to rest, and the history is judged like a storm's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults import verdict
from tests.faults.stage import CLASSES, LATEST, MOODS, Hold, Stage
from tests.faults.stores import MemoryStore, sql_store

WORKERS = st.sampled_from(["ann", "bob", "cy"])
SPANS = st.sampled_from([1, 10, 31, 65, 95, 160, 700, 5 * 3600, 90_000])
LATE = st.sampled_from([0.0, 5.0, 50.0, LATEST.total_seconds()])
HANGS_UP = [mood for mood in sorted(MOODS) if "hangs up" in mood]
TAKES_IT = st.sampled_from([*sorted(MOODS), *HANGS_UP, *HANGS_UP, "refuses"])
"""A vendor who does as he is told has little to teach."""

PEOPLE = st.sampled_from(
    ["pause", "go on", "lock", "unlock", "take off", "retry", "send again", "skip", "done", "not_done"]
)
MOST_DEATHS, MOST_STEPS = 6, 12

New = Callable[[str], Any]
"""Makes a store for an effect class."""


class AnyOrder(RuleBasedStateMachine):
    """One vendor, three workers, a sweeper, people.

    Args:
        new: makes the store.
    """

    def __init__(self, new: New) -> None:
        super().__init__()
        self._new, self._deaths, self._by_people = new, 0, set[str]()

    @initialize(klass=st.sampled_from(sorted(CLASSES)))
    def begins(self, klass: str) -> None:
        self.store = self._new(klass)
        self.stage, self._steps = Stage(self.store, klass), 1
        self.store.enroll()

    def _held(self, who: str, fits: Callable[[Hold], bool]) -> UUID | None:
        hand = self.stage.hands.get(who, {})
        return next((run for run, hold in hand.items() if fits(hold)), None)

    @precondition(lambda self: self._steps < MOST_STEPS)
    @rule()
    def somebody_is_enrolled(self) -> None:
        self._steps += 1
        self.store.enroll()

    @rule(who=WORKERS)
    def claims(self, who: str) -> None:
        self.stage.claims(who)

    @rule(who=WORKERS)
    def intends(self, who: str) -> None:
        run = self._held(who, lambda hold: hold.attempt is None)
        if run is not None:
            self.stage.intends(who, run)

    @rule(who=WORKERS, mood=TAKES_IT, late=LATE)
    def sends(self, who: str, mood: str, late: float) -> None:
        run = self._held(who, lambda hold: hold.attempt is not None and not hold.left and hold.end is None)
        if run is not None:
            self.stage.sends(who, run, mood, _after(mood, late))

    @rule(who=WORKERS)
    def looks_at_the_clock_and_is_stopped(self, who: str) -> None:
        run = self._held(who, lambda hold: hold.attempt is not None and not hold.left and hold.end is None)
        if run is not None and self.stage.klass in ("lookup", "blind"):  # for the others, see docs/faults.md
            self.stage.leaves(who, run)

    @rule(who=WORKERS, mood=TAKES_IT)
    def wakes_and_sends(self, who: str, mood: str) -> None:
        run = self._held(who, lambda hold: hold.left and hold.end is None)
        if run is not None:
            self.stage.arrives(who, run, mood)

    @rule(who=WORKERS)
    def settles(self, who: str) -> None:
        run = self._held(who, lambda hold: hold.end is not None)
        if run is not None:
            self.stage.settles(who, run)

    @rule(who=WORKERS, mood=TAKES_IT, late=LATE)
    def goes_all_the_way(self, who: str, mood: str, late: float) -> None:
        """Whatever is due, look-ups too."""
        self.stage.goes_all_the_way(who, mood, _after(mood, late))
        self.stage.looks(who)

    @precondition(lambda self: self._deaths < MOST_DEATHS)
    @rule(who=WORKERS)
    def dies(self, who: str) -> None:
        self._deaths += 1
        self.stage.dies(who)

    @rule()
    def a_sweeper_comes_by(self) -> None:
        self.store.sweep()

    @rule(who=WORKERS)
    def looks_up(self, who: str) -> None:
        self.stage.looks(who)

    @rule(seconds=SPANS)
    def time_passes(self, seconds: float) -> None:
        self.stage.passes(seconds=seconds)

    @rule()
    def time_passes_until_something_is_due(self) -> None:
        ahead = self.store.next_moment()
        if ahead is not None:
            self.stage.passes(seconds=max(0.0, (ahead - self.store.now()).total_seconds()) + 0.01)

    @rule(which=st.integers(0, 2), choice=PEOPLE)
    def people_do(self, which: int, choice: str) -> None:
        runs = sorted(self.store.look())
        if choice == "pause":
            self.store.pause()
        elif choice == "go on":
            self.store.unpause()
        elif choice in ("lock", "unlock"):
            getattr(self.store, choice)()
        elif which >= len(runs):
            return
        elif choice == "take off":
            self.store.cancel(UUID(runs[which]))
        elif self.store.decide(UUID(runs[which]), choice):
            self._by_people.add(runs[which])

    @invariant()
    def nothing_is_done_twice_and_nothing_false_is_said(self) -> None:
        for ref, number in Counter(self.stage.vendor.done).items():
            assert number == 1, f"{ref} was carried out {number} times"
        done = {ref.split("-")[2] for ref in self.stage.vendor.done}
        for run, (state, open_) in self.store.look().items():
            if run in self._by_people:
                continue
            assert state != "done" or run in done, f"{run} is called done and is not"
            assert state != "failed" or (run not in done and not open_), f"{run} is called failed and is not"

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        self.stage.rests()
        found = verdict.faults(verdict.read(self.store.kept.lines))
        assert not found, "\n".join(found)


def _after(mood: str, late: float) -> timedelta:
    """Only who hangs up may act later."""
    return timedelta(seconds=late if mood in HANGS_UP else 0)


def tried(new: New, examples: int, steps: int, *, small: bool) -> None:
    """So many schedules of so many moves: the same ones each time when it is small, and others in each long run.

    What is found is not made simpler on the small figure, for that may take longer than all else together.
    """
    phases = [Phase.generate] if small else [Phase.generate, Phase.shrink]
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=small, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=phases,
    )  # fmt: skip
    run_state_machine_as_test(lambda: AnyOrder(new), settings=chosen)  # type: ignore[no-untyped-call]


def test_in_memory(pytestconfig: pytest.Config) -> None:
    small = pytestconfig.getoption("--faults") == "small"

    tried(MemoryStore, 60 if small else 5_000, 40, small=small)


@contextmanager
def stores() -> Iterator[New]:
    """One world, and a history of its own for each schedule."""
    with sql_store(CLASSES, 2) as store:

        def new(klass: str) -> Any:
            store.begin_anew(klass)
            return store

        yield new


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_on_the_database(pytestconfig: pytest.Config) -> None:
    small = pytestconfig.getoption("--faults") == "small"

    with stores() as new:
        tried(new, 8 if small else 400, 40, small=small)
