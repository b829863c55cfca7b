"""Four effect classes through a storm, on both ways to run, with the vendor's own ledger as the judge.

Processes are killed and stopped at random moments, Valkey is wiped and killed, PostgreSQL loses sessions and is shut down in
mid-statement, and the vendor resets, refuses, mumbles and is late, all at once. ``--faults=large`` makes it a matter of minutes
and some thousand steps, ``--faults-seed`` repeats the draw of an earlier run.

Each storm has servers of its own, so one run of it is enough, whatever ``--database`` says.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults import storm as storms
from tests.faults.storm import Size, Storm
from tests.faults.verdict import Run, Story, faults

SMALL_SEED = 1

SMALL = {
    storms.embedded: Size(4, 2, 1, {"kill": 4, "stop": 1}, longest_stop=3, limit=60),
    storms.scaled: Size(
        4, 2, 1, {"kill": 2, "stop": 1, "wipe valkey": 1, "kill valkey": 1, "cut sessions": 1, "crash postgres": 1,
                  "kill ticker": 1}, longest_stop=3, limit=60,
    ),
}  # fmt: skip
LARGE = {
    storms.embedded: Size(20, 25, 4, {"kill": 210, "stop": 20}, longest_stop=12, limit=800),
    storms.scaled: Size(
        20, 25, 4, {"kill": 180, "stop": 20, "wipe valkey": 15, "kill valkey": 6, "cut sessions": 20,
                    "crash postgres": 8, "kill ticker": 25}, longest_stop=12, limit=800,
    ),
}  # fmt: skip

Way = Callable[[Path, Size, int], AbstractContextManager[Storm]]


@pytest.mark.slow
@pytest.mark.parametrize("way", [storms.embedded, storms.scaled], ids=["embedded", "scaled"])
def test_a_storm_loses_nothing_and_sends_nothing_twice(
    way: Way, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    large = pytestconfig.getoption("--faults") == "large"
    seed = pytestconfig.getoption("--faults-seed")
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000) if large else SMALL_SEED
    size = (LARGE if large else SMALL)[way]

    with way(tmp_path, size, seed) as storm:
        storm.rage(random.Random(seed))
        storm.come_to_rest()
        report, found = storm.report(), faults(storm.story())

    with capsys.disabled():
        print(f"\nstorm, {way.__name__}, seed {seed}: {report}\n  faults: {len(found)}")  # noqa: T201
    assert not found, "\n".join([f"seed {seed}: {report}", *found[:40]])


NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def plan(**last: object) -> Story:
    """Four steps done in order, as it should be, but for what is said of the last."""
    runs = []
    for seq in range(4):
        at = NINE.replace(minute=seq)
        notes = Counter({"step.done": 1})
        runs.append(Run(f"{seq}", 1, seq, "blind", "done", "", at, at.replace(second=9), [seq], notes))
    for name, value in last.items():
        setattr(runs[-1], name, value)
    return Story(runs, {1: ("finished", 1)})


def test_the_judge_is_content_with_a_plan_that_went_well() -> None:
    assert faults(plan()) == []


@pytest.mark.parametrize(("last", "found"), [
    ({"effects": [3, 4]}, "twice"),
    ({"state": "scheduled"}, "lost"),
    ({"state": "held"}, "lost"),
    ({"effects": []}, "false"),
    ({"state": "failed"}, "false"),
    ({"effects": [1]}, "out of order"),
    ({"began": NINE}, "out of order"),
    ({"notes": Counter({"step.done": 2})}, "untold"),
    ({"notes": Counter()}, "untold"),
    ({"state": "review", "notes": Counter({"step.review": 1, "step.done": 1})}, "untold"),
])  # fmt: skip
def test_the_judge_sees_a_planted_fault(last: dict[str, object], found: str) -> None:
    assert any(fault.startswith(found) for fault in faults(plan(**last)))


def test_the_judge_misses_a_step_that_does_not_follow() -> None:
    story = plan()
    story.runs.pop(1)

    assert "lost: enrollment 1 has no step 1" in faults(story)


def test_the_judge_misses_an_end_that_is_not_told_and_sees_an_effect_of_nobodys_step() -> None:
    story = plan()
    story.enrollments, story.strangers = {1: ("running", 0)}, ["hub-x-y-0"]

    assert [fault.partition(":")[0] for fault in faults(story)] == [
        "the vendor acted for hub-x-y-0, which is no step of ours",
        "untold",
    ]
