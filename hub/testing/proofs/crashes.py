"""Deaths at every named point, workers thought dead that come home, and vendors whose lists lag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from hub.core.effects import EffectClass
from hub.dispatch.states import State
from hub.testing import faults
from hub.testing.proofs import expected, judge
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape
from hub.testing.proofs.troubles import Trouble

BEFORE = ("before_claim", "after_claim", "before_call", "before_intent")
"""Points at which nothing was written down and nothing can have left."""

AFTER = ("after_intent", "before_send", "after_send", "before_settle")
"""Points at which an attempt stands written and its end does not."""


def cases(shape: Shape) -> Iterator[Case]:
    """Deaths for every action; lag and late proof for those that write."""
    points = (*BEFORE, *AFTER, "after_settle") if shape.write else ("before_claim", "after_claim", "before_call")
    for point in points:
        yield _case(shape, f"killed at {point}", Badge.FAULTS, partial(_killed, point=point))
    if shape.write is None:
        return
    yield _case(shape, "thought dead, it comes home with proof", Badge.FAULTS, _late_proof)
    yield _case(shape, "three workers die of it", Badge.FAULTS, _poison)
    if shape.klass is EffectClass.LOOKUP:
        yield from _lags(shape)
    yield from _alone(shape)


def _case(shape: Shape, words: str, badge: Badge, story: Callable[[Bench, Shape], None], grade: bool = False) -> Case:
    return Case(f"{shape.name}: {words}", badge, lambda bench: story(bench, shape), for_grade=grade)


def _killed(bench: Bench, shape: Shape, point: str) -> None:
    scene = Scene(bench, shape).dies(point).go().rest()
    judge.ends(scene, _end(shape, point))


def _end(shape: Shape, point: str) -> expected.End:
    if shape.write is None:
        return expected.End(State.DONE, State.DONE, 0)
    if point in AFTER:
        return expected.after(shape, Trouble(point, dies=point))
    return expected.DONE_LATER


def _late_proof(bench: Bench, shape: Shape) -> None:
    """The worker hangs with the vendor's *yes* in hand, is taken for dead, and then wakes. Proof is worth more than a guess."""
    scene = Scene(bench, shape).dies("before_settle", wakes=True)
    bench.deliver(scene.run)
    scene.bury(proved=False)
    bench.process.wake()
    judge.ends(scene, expected.DONE_AT_ONCE)


def _poison(bench: Bench, shape: Shape) -> None:
    """A step that kills its worker before it has sent anything is shown to a person, not tried for ever."""
    scene = Scene(bench, shape)
    for _ in range(3):
        scene.dies("before_call").go()
    judge.stands(scene, State.REVIEW, "After three dead workers", "a person's")
    judge.acted(scene, 0)


# --- settle and strong -------------------------------------------------------------------------------------------


def _lags(shape: Shape) -> Iterator[Case]:
    """The vendor did it, the answer was lost, and its lists do not show it yet."""
    assert shape.effect is not None
    settle = shape.effect.settle.total_seconds()
    for words, part in {"half the settle time": 0.5, "nearly the settle time": 0.99}.items():
        seen = partial(_hidden, seconds=settle * part, looks=1)
        yield _case(shape, f"created, not visible for {words}", Badge.PAIRS, seen)
    longer = settle + min(settle, shape.effect.max_processing.total_seconds()) / 2
    yield _case(shape, "created, not visible until a little after the settle time", Badge.PAIRS,
                partial(_hidden, seconds=longer, looks=2))  # fmt: skip
    yield _case(shape, "no look-up before the settle time", Badge.PAIRS, _settles)
    if shape.effect.strong:
        yield _case(shape, "not found while the sender may live is no proof", Badge.PAIRS, _sender_may_live)
    else:
        yield _case(shape, "created, not visible to the first look-up", Badge.PAIRS, _hidden_once)
        yield _case(shape, "created, not visible for a week", Badge.PAIRS, _hidden_long)


def _hidden(bench: Bench, shape: Shape, seconds: float, looks: int) -> None:
    scene = Scene(bench, shape).meets(faults.hidden(seconds)).go().rest()
    judge.ends(scene, expected.End(State.UNKNOWN, State.DONE, 1, "the look-up's"))
    made = sum(turn.what == "look-up" for turn in bench.turns)
    unless(made <= looks, f"It took {made} look-ups where {looks} were enough.")


def _hidden_once(bench: Bench, shape: Shape) -> None:
    """One replica of the vendor's knows, and the one that is asked does not. One *not found* is no proof."""
    lost = replace(faults.lagging(1), hangs_up=True)
    scene = Scene(bench, shape).meets(lost).go().rest()
    judge.ends(scene, expected.End(State.UNKNOWN, State.DONE, 1, "the look-up's"))


def _hidden_long(bench: Bench, shape: Shape) -> None:
    """Longer than anybody was told. It must not be sent again; a person decides."""
    scene = Scene(bench, shape).meets(faults.hidden(7 * 86_400)).go().rest()
    judge.ends(scene, expected.End(State.UNKNOWN, State.REVIEW, 1, "a person's"))


def _settles(bench: Bench, shape: Shape) -> None:
    assert shape.effect is not None
    scene = Scene(bench, shape).meets(faults.reset(acts=True).at("write")).go()
    unless(scene.waits >= shape.effect.settle.total_seconds(), f"The first look-up comes after {scene.waits:g} s only.")
    scene.bench.clock.advance(seconds=shape.effect.settle.total_seconds() - 1)
    bench.look_up()
    unless(not any(turn.what == "look-up" for turn in bench.turns), "A look-up was made before the settle time.")
    judge.ends(scene.rest(), expected.End(State.UNKNOWN, State.DONE, 1))


def _sender_may_live(bench: Bench, shape: Shape) -> None:
    """The worker is out of sight, and it is not proved that it is gone: what it holds may still leave."""
    scene = Scene(bench, shape).dies("before_send")
    bench.deliver(scene.run)
    scene.bury(proved=False).rest()
    judge.ends(scene, expected.End(State.UNKNOWN, State.REVIEW, 0, "a person's"))


# --- for the grade -----------------------------------------------------------------------------------------------


def _alone(shape: Shape) -> Iterator[Case]:
    """What only an action that can find out, or send again, can do: end without a person."""
    stories = {
        "a lost answer needs no person": faults.reset(acts=True),
        "an unreadable answer needs no person": faults.html(),
    }
    for words, fault in stories.items():
        yield _case(shape, words, Badge.ALONE, partial(_needs_nobody, fault=fault.at("write")), grade=True)
    yield _case(shape, "a death after the effect needs no person", Badge.ALONE, _death_needs_nobody, grade=True)


def _needs_nobody(bench: Bench, shape: Shape, fault: faults.Fault) -> None:
    _finds_out(Scene(bench, shape).meets(fault).go().rest())


def _death_needs_nobody(bench: Bench, shape: Shape) -> None:
    _finds_out(Scene(bench, shape).dies("after_send").go().rest())


def _finds_out(scene: Scene) -> None:
    blind = scene.shape.klass is EffectClass.BLIND
    why = " Nobody can look it up: give the action a reconcile, or the call a key." if blind else ""
    unless(scene.run.state is State.DONE, f"A person must decide ({scene.run.state}).{why}")
    judge.honest(scene)
