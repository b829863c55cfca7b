"""The judge is judged: a history in order has no fault, and each fault that is planted in one is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import history, sequence, verdict
from tests.faults.history import History, Line

REF = "hub-abc-{run}-0"


def line(what: str, **more: object) -> Line:
    return {"what": what, "by": "worker-1.1", "t": 0.0, **more}


def sent(run: str, seq: int, fence: int = 1) -> Iterator[Line]:
    """All lines of a step that went well."""
    mine = {"run": run, "fence": fence}
    ref = REF.format(run=run)
    yield line("claim", **mine, kind="dispatch", at=100.0 * seq)
    yield line("asks", **mine)
    yield line("intent", **mine, n=1, key=ref, klass="blind")
    yield line("call", ref=ref)
    yield line("effect", ref=ref, id=run)
    yield line("answer", ref=ref, mood="well")
    yield line("offers", **mine, to="done", intended=1)
    yield line("record", **mine, to="done", intended=1)


def told(run: str, seq: int, state: str = "done", **notes: int) -> Line:
    kept = notes or {"step.done": 1}
    return line("told", run=run, enrollment=1, account=7, seq=seq, klass="blind", state=state, reason="", notes=kept)


def well() -> list[Line]:
    """A plan of two steps for one contact, from its acceptance to its end."""
    return [
        line("enrol", enrollment=1, account=7, steps=2),
        *sent("a", 0),
        *sent("b", 1),
        line("rest"),
        told("a", 0),
        told("b", 1),
        line("told plan", enrollment=1, account=7, state="finished", finished=1),
    ]


def judged(lines: list[Line]) -> list[str]:
    return [fault.partition(":")[0] for fault in verdict.faults(verdict.read(lines))]


def place(lines: list[Line], what: str, run: str) -> int:
    """Where the first line of this kind about a run is."""
    return next(
        at
        for at, each in enumerate(lines)
        if each["what"] == what and run in (each.get("run"), *each.get("ref", "").split("-"))
    )


def test_a_history_in_order_has_no_fault() -> None:
    assert judged(well()) == []


def a_second_effect(lines: list[Line]) -> None:
    at = place(lines, "effect", "b")
    lines.insert(at, lines[at])


def an_effect_under_another_reference(lines: list[Line]) -> None:
    lines.insert(place(lines, "effect", "b"), line("effect", ref="hub-abc-b-1", id="b2"))


def an_effect_that_is_called_failed(lines: list[Line]) -> None:
    lines[place(lines, "told", "b")] = told("b", 1, "failed", **{"step.failed": 1})


def done_without_an_effect(lines: list[Line]) -> None:
    del lines[place(lines, "effect", "b")]


def a_step_that_waits_for_ever(lines: list[Line]) -> None:
    lines[place(lines, "told", "b")] = told("b", 1, "held", **{"step.held": 1})


def a_step_that_never_came(lines: list[Line]) -> None:
    del lines[place(lines, "told", "b")]
    lines[:] = [each for each in lines if each.get("run") != "b" and "-b-" not in each.get("ref", "")]


def an_enrollment_that_is_gone(lines: list[Line]) -> None:
    lines[:] = [each for each in lines if each["what"] in ("enrol", "rest")]


def a_storm_that_was_cut_off(lines: list[Line]) -> None:
    lines[:] = [each for each in lines if each["what"] != "rest"]


def no_intent(lines: list[Line]) -> None:
    del lines[place(lines, "intent", "b")]


def an_intent_that_came_late(lines: list[Line]) -> None:
    lines.insert(place(lines, "call", "b") + 1, lines.pop(place(lines, "intent", "b")))


def a_step_that_began_before_the_last_was_over(lines: list[Line]) -> None:
    began = [lines.pop(place(lines, what, "b")) for what in ("claim", "asks", "intent")]
    lines[place(lines, "offers", "a") : place(lines, "offers", "a")] = began


def a_step_that_acted_before_the_last(lines: list[Line]) -> None:
    lines.insert(place(lines, "call", "b"), lines.pop(place(lines, "effect", "a")))
    lines.insert(place(lines, "call", "b"), lines.pop(place(lines, "effect", "b")))


def an_intent_after_the_pause(lines: list[Line]) -> None:
    lines.insert(place(lines, "asks", "b"), line("pause", account=7))


def an_intent_after_the_lock(lines: list[Line]) -> None:
    lines.insert(place(lines, "asks", "b"), line("lock", accounts=[3, 7]))


def an_intent_after_a_lock_that_outlasts_a_pause(lines: list[Line]) -> None:
    lines.insert(place(lines, "intent", "b"), line("unpause", account=7))
    at = place(lines, "asks", "b")
    lines[at:at] = [line("lock", accounts=[7]), line("pause", account=7)]


def an_end_told_twice(lines: list[Line]) -> None:
    lines[place(lines, "told", "b")] = told("b", 1, **{"step.done": 2})


def an_end_not_told(lines: list[Line]) -> None:
    lines[place(lines, "told", "b")] = told("b", 1, **{"step.late": 1})


def a_plan_whose_end_is_not_told(lines: list[Line]) -> None:
    lines[-1]["finished"] = 0


def a_deed_for_nobody(lines: list[Line]) -> None:
    lines.insert(3, line("effect", ref="hub-abc-z-0", id="z"))


def a_run_taken_from_the_living(lines: list[Line]) -> None:
    again = line("claim", run="b", fence=2, kind="dispatch", at=110.0, by="worker-2.1")
    lines.insert(place(lines, "claim", "b") + 1, again)


def a_step_that_stays_due_when_all_is_well(lines: list[Line]) -> None:
    rest = next(at for at, each in enumerate(lines) if each["what"] == "rest")
    lines[rest:rest] = [line("calm"), *(line("due", runs=["b"], t=at) for at in (0.0, 30.0, 60.5))]


@pytest.mark.parametrize(("planted", "found"), [
    (a_second_effect, "twice"),
    (an_effect_under_another_reference, "twice"),
    (an_effect_that_is_called_failed, "false"),
    (done_without_an_effect, "false"),
    (a_step_that_waits_for_ever, "lost"),
    (a_step_that_never_came, "lost"),
    (an_enrollment_that_is_gone, "lost"),
    (a_storm_that_was_cut_off, "lost"),
    (no_intent, "unannounced"),
    (an_intent_that_came_late, "unannounced"),
    (a_step_that_began_before_the_last_was_over, "out of order"),
    (a_step_that_acted_before_the_last, "out of order"),
    (an_intent_after_the_pause, "after the pause"),
    (an_intent_after_the_lock, "after the lock"),
    (an_intent_after_a_lock_that_outlasts_a_pause, "after the lock"),
    (an_end_told_twice, "untold"),
    (an_end_not_told, "untold"),
    (a_plan_whose_end_is_not_told, "untold"),
    (a_deed_for_nobody, "stranger"),
    (a_run_taken_from_the_living, "stolen"),
    (a_step_that_stays_due_when_all_is_well, "late"),
])  # fmt: skip
def test_a_planted_fault_is_seen(planted: Callable[[list[Line]], None], found: str) -> None:
    lines = well()

    planted(lines)

    assert found in judged(lines)


def test_what_was_due_and_claimed_and_is_due_again_is_not_late() -> None:
    lines = well()
    a_step_that_stays_due_when_all_is_well(lines)

    second = next(at for at, each in enumerate(lines) if each["what"] == "due") + 1
    lines.insert(second, line("claim", run="b", fence=3, kind="dispatch", at=900.0))

    assert judged(lines) == []


def test_what_a_person_had_sent_again_may_have_two_effects() -> None:
    lines = well()
    an_effect_under_another_reference(lines)

    lines.insert(1, line("person", run="b", choice="send again"))

    assert "twice" not in judged(lines)


def test_what_a_person_has_sent_again_goes_beside_the_plans_order_and_may_end_the_plan_once_more() -> None:
    lines = well()
    lines[lines.index(line("rest")) : -1] = [*sent("c", 0), line("rest"), told("a", 0), told("b", 1), told("c", 0)]
    lines[-1] = {**lines[-1], "finished": 2}

    assert judged(lines) == []
    lines[-1] = {**lines[-1], "finished": 3}
    assert judged(lines) == ["untold"]


def test_a_plan_that_ends_before_what_is_sent_again_is_seen() -> None:
    lines = well()
    lines[-1:-1] = [told("c", 0, "scheduled", **{"step.released": 1})]

    assert judged(lines) == ["lost", "untold", "untold"]


def test_what_a_person_gave_up_may_still_arrive_when_the_plan_has_gone_on() -> None:
    lines = well()
    lines.insert(place(lines, "answer", "b"), line("effect", ref="hub-abc-a-1", id="a2"))
    assert "out of order" in judged(lines)

    lines.insert(1, line("person", run="a", choice="send again"))

    assert judged(lines) == []


def test_what_the_dead_held_is_not_stolen_and_how_soon_it_is_taken_is_told() -> None:
    lines = well()
    a_run_taken_from_the_living(lines)
    lines.insert(place(lines, "claim", "b") + 1, line("kill", whom="worker-1.1"))
    lines[place(lines, "claim", "b") + 2]["t"] = 4.5

    assert "stolen" not in judged(lines)
    assert sequence.figures(lines) == [
        "taken over from the dead, not yet sent: 1 steps, p50 4.5 s, p99 4.5 s, longest 4.5 s"
    ]


def test_a_plan_that_was_stopped_ends_where_it_stands() -> None:
    lines = well()
    a_step_that_never_came(lines)
    lines[-1] |= {"state": "stopped", "finished": 0}
    assert judged(lines) == []

    lines[place(lines, "told", "a")] = told("a", 0, "cancelled", **{"step.held": 1})
    del lines[place(lines, "effect", "a")]

    assert judged(lines) == []


def test_a_worker_that_was_found_dead_later_was_dead_before() -> None:
    lines = well()
    a_run_taken_from_the_living(lines)

    lines.append(line("ended", by="worker-1.1"))

    assert "stolen" not in judged(lines)


@pytest.mark.parametrize("shut", [line("pause", account=7), line("lock", accounts=[3, 7])], ids=["pause", "lock"])
def test_an_intent_that_was_begun_before_it_was_shut_may_pass_the_barrier_first(shut: Line) -> None:
    lines = well()

    lines.insert(place(lines, "intent", "b"), shut)

    assert judged(lines) == []


@pytest.mark.parametrize("before", ["asks", "intent"])
def test_an_intent_that_is_durable_after_it_was_opened_again_may_have_waited_for_that(before: str) -> None:
    lines = well()

    lines.insert(place(lines, "asks", "b"), line("lock", accounts=[3, 7]))
    lines.insert(place(lines, before, "b"), line("unlock", accounts=[3, 7]))

    assert judged(lines) == []


def test_a_history_that_was_kept_is_judged_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history.jsonl"
    kept = History(file, "worker-1.1")
    kept.write_all([(one["what"], {k: v for k, v in one.items() if k not in ("what", "by", "t")}) for one in well()])
    kept.close()
    with file.open("a") as torn:
        torn.write('{"what": "told", "run"')

    assert verdict.main(file) == 0
    assert "2 steps: 2 done" in capsys.readouterr().out
    assert len(list(history.read(file))) == len(well())
