"""Counts of many processes: added up, never falling, bounded, and cheap."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hub.db import counting
from hub.process.metrics import slots
from hub.process.metrics.catalog import COUNTED, LATENESS

PROGRAM = """
    import sys, time
    from pathlib import Path
    from hub.process.metrics import counters, slots
    from hub.db import counting
    folder = Path(sys.argv[1])
    counters.begin(folder, slots.take(folder, "worker"))
    exec(sys.argv[2])
    print("counted", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def process(folder: Path, work: str, lives: float = 0) -> subprocess.Popen[bytes]:
    """A process that counts, says so, and lives on for some seconds."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(folder), work, str(lives)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"counted\n"
    return child


def end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def counted(folder: Path) -> dict[tuple[str, ...], float]:
    """Sample name and label values → value."""
    from prometheus_client.multiprocess import MultiProcessCollector

    metrics = MultiProcessCollector.merge([str(file) for file in folder.glob("*.db")])
    return {(s.name, *s.labels.values()): s.value for metric in metrics for s in metric.samples}


def test_what_two_processes_count_is_one_number(tmp_path: Path) -> None:
    children = [
        process(tmp_path, f"counting.add('hub_sign_ins_total', {n}, outcome='wrong')", lives=60) for n in (2, 3)
    ]
    try:
        assert counted(tmp_path)["hub_sign_ins_total", "wrong"] == 5
        assert {slot.number for slot in slots.living(tmp_path)} == {0, 1}
    finally:
        for child in children:
            end(child)
    assert slots.living(tmp_path) == []


def test_the_next_process_goes_on_where_one_that_was_killed_stopped(tmp_path: Path) -> None:
    other = process(tmp_path, "counting.add('hub_sign_ins_total', 0, outcome='wrong')", lives=60)
    killed = process(tmp_path, "counting.add('hub_sign_ins_total', 4, outcome='wrong')", lives=60)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()

    later = process(tmp_path, "counting.add('hub_sign_ins_total', 1, outcome='wrong')", lives=60)
    try:
        assert counted(tmp_path)["hub_sign_ins_total", "wrong"] == 5
        assert len(list(tmp_path.glob("counter_*.db"))) == 2  # one a place, not one a process
    finally:
        end(later)
        end(other)


def test_when_no_process_was_left_the_next_begins_from_nothing(tmp_path: Path) -> None:
    end(process(tmp_path, "counting.add('hub_sign_ins_total', 4, outcome='wrong')"))

    end(process(tmp_path, "counting.add('hub_sign_ins_total', 1, outcome='wrong')"))

    assert counted(tmp_path)["hub_sign_ins_total", "wrong"] == 1


def test_a_group_in_a_histogram_is_what_one_by_one_would_be(tmp_path: Path) -> None:
    end(process(tmp_path, "counting.observe('hub_step_lateness_seconds', [0.01, 0.011, 7.0, 1e6], addon='a')"))

    found = counted(tmp_path)
    below = {bound: found["hub_step_lateness_seconds_bucket", "a", str(bound)] for bound in LATENESS}
    assert below[0.01] == 1  # the bound belongs to its bucket
    assert below[0.025] == 2
    assert below[15.0] == 3
    assert below[10_800.0] == 3
    assert found["hub_step_lateness_seconds_bucket", "a", "+Inf"] == 4
    assert found["hub_step_lateness_seconds_count", "a"] == 4
    assert found["hub_step_lateness_seconds_sum", "a"] == pytest.approx(1_000_007.021)


def test_a_label_that_runs_wild_ends_as_other(tmp_path: Path) -> None:
    wild = "[counting.add('hub_rate_waits_total', 1, addon=f'addon{n}') for n in range(700)]"

    end(process(tmp_path, wild))

    found = {key: value for key, value in counted(tmp_path).items() if key[0] == "hub_rate_waits_total"}
    assert len(found) == 501
    assert found["hub_rate_waits_total", "other"] == 200


def test_where_nobody_listens_nothing_is_kept() -> None:
    assert not counting.is_on()

    counting.add("hub_sign_ins_total", outcome="wrong")  # and nothing happens


def test_a_full_disk_cannot_end_a_process_that_counts(tmp_path: Path) -> None:
    end(process(tmp_path, "pass"))

    for file in tmp_path.glob("*.db"):
        told = file.stat()
        assert told.st_blocks * 512 >= told.st_size > 0  # no hole into which a write could fall


def test_a_number_that_cannot_be_kept_costs_nobody_anything_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def add(self, *_: object) -> None:
            raise OSError("no room")

        observe = add

    counting.use(Broken())
    try:
        for _ in range(3):
            counting.add("hub_sign_ins_total", outcome="wrong")
            counting.observe("hub_request_seconds", [0.1])
    finally:
        counting.use(None)
        counting._lost.clear()

    assert [record.getMessage() for record in caplog.records] == [
        "hub_sign_ins_total can no longer be counted", "hub_request_seconds can no longer be counted",
    ]  # fmt: skip


def test_the_client_library_has_the_names_that_we_lean_on() -> None:
    from prometheus_client import Histogram

    histogram = Histogram("x", "x", registry=None, buckets=(1.0,))

    assert (histogram._upper_bounds, len(histogram._buckets)) == ([1.0, float("inf")], 2)
    assert histogram._sum.get() == 0


def test_every_counter_is_called_as_prometheus_wants_it() -> None:
    assert [metric.name for metric in COUNTED if metric.kind == "counter" and not metric.name.endswith("_total")] == []
