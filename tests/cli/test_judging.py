"""The judge can fail: each fault, planted alone, is found and named."""

from __future__ import annotations

import pytest

from hub.cli.demo.judging import Run, judge

HOOKS, GIFTS = "web server", "vendor"


def plan(enrollment: int, *states: str) -> list[Run]:
    """One contact's run through the two-step plan: a webhook, then a gift."""
    outside = (HOOKS, GIFTS)
    return [Run(enrollment, step, state, f"c{enrollment}", outside[step]) for step, state in enumerate(states)]


def effects(hooks: str, gifts: str) -> dict[str, list[str]]:
    return {HOOKS: hooks.split(), GIFTS: gifts.split()}


def test_everything_done_once_is_good() -> None:
    runs = plan(1, "done", "done") + plan(2, "done", "done")

    verdict = judge([1, 2], 2, runs, effects("c1 c2", "c1 c2"))

    assert verdict.good
    assert verdict.line == "demo: 4 steps done, 0 held, 0 lost, 0 twice"


@pytest.mark.parametrize("gifts", ["", "c1"])
def test_a_step_before_a_person_may_have_happened_or_not(gifts: str) -> None:
    verdict = judge([1], 2, plan(1, "done", "review"), effects("c1", gifts))

    assert verdict.good
    assert (verdict.done, verdict.held) == (1, 1)


def test_what_stands_behind_a_held_step_is_neither_done_nor_lost() -> None:
    verdict = judge([1], 2, plan(1, "held"), effects("", ""))

    assert verdict.good
    assert (verdict.held, verdict.behind, verdict.expected) == (1, 1, 2)


@pytest.mark.parametrize(
    ("why", "runs", "hooks", "gifts", "lost", "twice"),
    [
        ("an effect twice", plan(1, "done", "done"), "c1 c1", "c1", 0, 1),
        ("an effect twice before a person", plan(1, "done", "review"), "c1", "c1 c1", 0, 1),
        ("done without an effect", plan(1, "done", "done"), "c1", "", 1, 0),
        ("an effect nobody asked for", plan(1, "done", "done"), "c1 c9", "c1", 0, 1),
        ("still under way", plan(1, "done", "calling"), "c1", "c1", 1, 0),
        ("still waiting", plan(1, "scheduled"), "", "", 1, 0),
        ("a plan that stopped", plan(1, "done"), "c1", "", 1, 0),
        ("a contact without any step", [], "", "", 2, 0),
        ("a step that exists twice", [*plan(1, "done", "done"), Run(1, 0, "done", "c1", HOOKS)], "c1", "c1", 0, 1),
    ],
)
def test_a_fault_is_found(why: str, runs: list[Run], hooks: str, gifts: str, lost: int, twice: int) -> None:
    verdict = judge([1], 2, runs, effects(hooks, gifts))

    assert not verdict.good
    assert (verdict.lost, verdict.twice) == (lost, twice)


def test_a_step_called_failed_that_happened_is_a_fault() -> None:
    verdict = judge([1], 2, plan(1, "done", "failed"), effects("c1", "c1"))

    assert verdict.faults == ["vendor: it happened for c1, which the hub calls failed"]
    assert not verdict.good
