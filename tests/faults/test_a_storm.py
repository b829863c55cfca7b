"""Four effect classes through a storm, on both ways to run, with the vendor's own ledger as the judge.

Processes are killed and stopped at random moments, Valkey is wiped and killed, PostgreSQL loses sessions and is shut down in
mid-statement, accounts are paused and locked, and the vendor resets, refuses, mumbles and is late, all at once.
``--faults=large`` makes it a matter of more than an hour, a thousand kills and 20,000 steps, ``--faults=quarter`` of a quarter of
that; ``--faults-seed`` repeats the draw of an earlier run. ``docs/faults.md`` tells how to read what is left behind. Who has
no more time sends a long one SIGUSR1: then it is enough, and what there was is judged.

Each storm has servers of its own, so one run of it is enough, whatever ``--database`` says.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.faults import storm as storms
from tests.faults.history import History
from tests.faults.storm import Size, Storm

SMALL_SEED = 1
KEPT = Path("var") / "faults"
"""Where the histories of long storms are kept."""

SMALL = {
    storms.embedded: Size(4, 2, 1, {"kill": 3, "stop": 1, "pause": 1, "lock": 1}, longest_stop=3, limit=400),
    storms.scaled: Size(
        4, 2, 1, {"kill": 1, "stop": 1, "wipe valkey": 1, "kill valkey": 1, "cut sessions": 1, "crash postgres": 1,
                  "kill ticker": 1, "pause": 1, "lock": 1, "lose commits": 1}, longest_stop=3, limit=400,
    ),
}  # fmt: skip
BY_THE_CLOCK = {"wipe valkey": 30.0, "crash postgres": 12.0}
LARGE = {
    storms.embedded: Size(
        16, 60, 20, {"kill": 300, "stop": 12, "pause": 70, "lock": 30}, longest_stop=120, limit=12_000, rest=1_800
    ),
    storms.scaled: Size(
        16, 97, 38, {"kill": 600, "kill ticker": 100, "stop": 12, "kill valkey": 20, "cut sessions": 60, "pause": 70, "lock": 30,
                     "lose commits": 60, "hold the line": 12},
        longest_stop=120, limit=24_000, every=BY_THE_CLOCK, workers=3, rest=1_800,
    ),
}  # fmt: skip
QUARTER = {
    storms.embedded: Size(8, 30, 8, {"kill": 75, "stop": 6, "pause": 18, "lock": 7}, longest_stop=30, limit=3_000, rest=600),
    storms.scaled: Size(
        8, 49, 18, {"kill": 150, "kill ticker": 25, "stop": 6, "kill valkey": 5, "cut sessions": 15, "pause": 18, "lock": 7,
                 "lose commits": 15, "hold the line": 6},
        longest_stop=30, limit=6_000, every=BY_THE_CLOCK, workers=3, rest=600,
    ),
}  # fmt: skip
SIZES = {"small": SMALL, "quarter": QUARTER, "large": LARGE}

Way = Callable[[Path, Size, int], AbstractContextManager[Storm]]


def say(sentence: str) -> None:
    """Whoever waits an hour wants to see that it goes on."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


@pytest.mark.slow
@pytest.mark.parametrize("way", [storms.embedded, storms.scaled], ids=["embedded", "scaled"])
def test_a_storm_loses_nothing_and_sends_nothing_twice(
    way: Way, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = pytestconfig.getoption("--faults")
    seed = pytestconfig.getoption("--faults-seed")
    if seed is None:
        seed = SMALL_SEED if figure == "small" else random.SystemRandom().randrange(1_000_000)

    with capsys.disabled():
        say(f"\nstorm, {way.__name__}, {figure}, seed {seed}")
        with way(tmp_path, SIZES[figure][way], seed) as storm:
            if figure != "small":
                signal.signal(signal.SIGUSR1, lambda *_: storm.enough())
            try:
                storm.rage(random.Random(seed), say)
                storm.come_to_rest(say)
            finally:
                kept = _keep(storm, f"{way.__name__}-{figure}-{seed}") if figure != "small" else storm.history.file
            report, found, short = storm.report(), storm.faults(), storm.short()
        say(f"  {report}\n  faults: {len(found)} ({kept}){short and f'; {short}'}")
    assert not found, "\n".join([f"seed {seed}: {report}", *found[:40]])
    assert not short, short


def _keep(storm: Storm, name: str) -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(storm.history.file, KEPT / f"{name}.jsonl"))


class Away:
    """Parts, a clock, books and a vendor that nobody asks."""


def test_a_storm_whose_time_was_over_too_soon_says_what_it_did_not_make(tmp_path: Path) -> None:
    nothing: Any = Away()
    told = History(tmp_path / "history.jsonl")
    size = Size(1, 1, 1, {"kill": 3, "pause": 1}, longest_stop=1, limit=3_600)
    storm = Storm(nothing, nothing, nothing, nothing, size, told)
    storm.doing = {"kill": lambda: None, "pause": lambda: None}

    storm.rage(random.Random(1), say)
    assert storm.short() == ""

    storm.made["kill"] -= 2
    assert storm.short() == "short by 2 × kill: raise the limit of 3600 s"
    told.close()


def test_a_storm_makes_no_trouble_when_its_time_is_over(tmp_path: Path) -> None:
    nothing: Any = Away()
    told = History(tmp_path / "history.jsonl")
    storm = Storm(nothing, nothing, nothing, nothing, Size(1, 1, 1, {"kill": 3}, longest_stop=1, limit=-1), told)

    storm.rage(random.Random(1), say)

    assert storm.short().startswith("short by 3 × kill")
    told.close()
