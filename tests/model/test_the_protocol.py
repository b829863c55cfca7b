"""The protocol is sound in every state that can be reached, and each of its rules is needed: left out, a way to harm is found."""

from __future__ import annotations

import sys

import pytest

from tests.model.explore import told, walk
from tests.model.protocol import Bounds, Protocol, Rules

CLASSES = ("blind", "lookup", "keyed", "repeatable")
SMALL, LARGE = Bounds(attempts=2, deaths=1), Bounds(attempts=3, deaths=2, pauses=True)


@pytest.mark.parametrize("klass", CLASSES)
def test_nothing_is_lost_nothing_is_done_twice_and_nothing_false_is_said(
    klass: str, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    small = pytestconfig.getoption("--faults") == "small"

    found = walk(Protocol(klass, bounds=SMALL if small else LARGE))

    assert not found.wrong, told(found)
    with capsys.disabled():
        if not small:
            sys.stdout.write(f"\nmodel, {klass}: {found.states} states, nothing wrong\n")


def _left_out(value: object) -> str:
    """The rule's name, for the test's."""
    fields = vars(value).items() if isinstance(value, Rules) else ()
    return "".join(name for name, kept in fields if not kept) or str(value)


@pytest.mark.parametrize(("klass", "rules", "wrong"), [
    ("blind", Rules(write_ahead=False), "twice"),
    ("lookup", Rules(write_ahead=False), "twice"),
    ("keyed", Rules(fence=False), "false failed"),
    ("keyed", Rules(floor=False), "twice"),
    ("lookup", Rules(asks_twice=False), "twice"),
    ("lookup", Rules(waits_from_the_loss=False), "twice"),
    ("keyed", Rules(same_key=False), "twice"),
    ("lookup", Rules(proof_of_death=False), "twice"),
    ("keyed", Rules(open_counts=False), "false failed"),
    ("repeatable", Rules(open_counts=False), "false failed"),
], ids=_left_out)  # fmt: skip
def test_a_rule_left_out_leads_to_harm(klass: str, rules: Rules, wrong: str) -> None:
    found = walk(Protocol(klass, rules, SMALL))

    assert found.wrong == wrong, told(found)
    assert found.trace[0].endswith("claims")


@pytest.mark.parametrize("klass", CLASSES)
def test_no_intent_passes_a_pause_and_without_the_barrier_one_does(klass: str) -> None:
    bounds = Bounds(attempts=1, deaths=1, pauses=True)

    assert not walk(Protocol(klass, bounds=bounds)).wrong
    assert walk(Protocol(klass, Rules(barrier=False), bounds)).wrong == "after the pause"


def test_the_way_to_harm_can_be_read() -> None:
    found = walk(Protocol("blind", Rules(write_ahead=False), SMALL))

    assert told(found).splitlines()[1:3] == ["  1. worker 0 claims", "  2. worker 0 writes its intent down"]
    assert [step for step in found.trace if "sends" in step] == ["worker 0 sends", "worker 1 sends"]
    assert "a sweeper takes the row back from the living" in found.trace
    assert found.trace[-1] == "the vendor acts on request 1"
