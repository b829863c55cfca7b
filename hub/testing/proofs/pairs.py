"""Two troubles: an ambiguous one, and a second on the way back.

Single faults find the bugs an author thought of. What sends a parcel twice is nearly always the second trouble, met while the hub
finds out what became of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from hub.core.effects import EffectClass
from hub.core.outcomes import Verdict
from hub.dispatch.states import State
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.proofs import expected, judge, troubles
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape
from hub.testing.proofs.steps import begun
from hub.testing.proofs.troubles import Trouble

DAY = timedelta(days=1)

Second = Callable[[Scene], Scene]
"""Does the second trouble to a scene whose first is over."""


@dataclass(frozen=True)
class _Named:
    name: str
    befalls: Second
    later: timedelta = timedelta(0)


def cases(shape: Shape) -> Iterator[Case]:
    """Every ambiguous trouble with every second one. The gateways' statuses take turns: the hub treats them as one."""
    if shape.write is None:
        return
    gateways, kinds = troubles.gateways_in_turn(shape), troubles.ambiguous_kinds(shape)
    for second in _seconds(shape):
        for first in (*next(gateways), *kinds):
            story = partial(_pair, shape=shape, first=first, second=second)
            yield Case(f"{shape.name}: {first.name}, then {second.name}", Badge.PAIRS, story)
    if shape.klass in (EffectClass.KEYED, EffectClass.REPEATABLE):
        yield from _second_answers(shape)


def _pair(bench: Bench, shape: Shape, first: Trouble, second: _Named) -> None:
    scene = begun(bench, shape, first).go()
    second.befalls(scene)
    scene.rest()
    if scene.run.state is State.HELD:
        scene.mend().rest()
    judge.ends(scene, expected.after(shape, first, second.later))


def _seconds(shape: Shape) -> Iterator[_Named]:
    yield from _ANY
    if shape.klass is EffectClass.LOOKUP:
        for fault in _ON_LOOK_UP:
            yield _Named(f"{fault.name} on look-up", partial(_meets, fault=fault.at("read")))
        yield _Named("killed during the look-up", _killed_looking)
    elif shape.klass is not EffectClass.BLIND:
        for fault in filter(partial(_passes, shape), _ON_SECOND_SENDING):
            yield _Named(f"{fault.name} on the second sending", partial(_meets, fault=fault.at("write")))
        yield _Named("killed before the second left", partial(_dies_again, point="after_intent"))
        yield _Named("killed after the second", partial(_dies_again, point="after_send"))
    if shape.klass is EffectClass.KEYED and shape.action.reconcile is not None:
        for fault in _WHEN_THE_KEY_IS_FORGOTTEN:
            yield _Named(f"a day later {fault.name} on look-up", partial(_forgotten_then, fault=fault.at("read")), DAY)


_ON_LOOK_UP: tuple[Fault, ...] = (
    faults.refused(), faults.tls(), faults.reset(), faults.timeout(), faults.drip(), faults.status(401),
    faults.status(403), faults.status(404), faults.too_many("90"), faults.status(500), faults.status(503),
    faults.cut_json(), faults.html(), replace(faults.empty(), name="empty 200"), faults.nulls(), faults.says_no(),
    faults.endless(),
)  # fmt: skip

_ON_SECOND_SENDING: tuple[Fault, ...] = (
    faults.refused(), faults.tls(), faults.reset(), faults.reset(acts=True), faults.timeout(),
    faults.timeout(acts=True), faults.status(401), faults.too_many("90"), faults.status(500),
    faults.status(500, acts=True), faults.status(503), faults.cut_json(), faults.html(), faults.empty(), faults.drip(),
)  # fmt: skip


_WHEN_THE_KEY_IS_FORGOTTEN: tuple[Fault, ...] = (
    faults.refused(), faults.status(401), faults.too_many("90"), faults.status(500), faults.html(), faults.nulls(),
)  # fmt: skip
"""It can no longer be sent again under its key, so it is looked up; and the look-up has its own troubles."""


def _passes(shape: Shape, fault: Fault) -> bool:
    """A second sending that is refused for good is another story: :func:`_refused_then`."""
    meaning = shape.meanings.get(fault.status or 0)
    return meaning is None or meaning.verdict not in (Verdict.REJECTED, Verdict.DEVELOPER)


def _meets(scene: Scene, fault: Fault) -> Scene:
    return scene.meets(fault)


def _killed_looking(scene: Scene) -> Scene:
    """The look-up has its answer and dies before it is written down."""
    return scene.dies("before_settle")


def _dies_again(scene: Scene, point: str) -> Scene:
    return scene.dies(point)


def _redelivered(scene: Scene) -> Scene:
    scene.bench.deliver(scene.run, scene.run)
    return scene


def _swept(scene: Scene) -> Scene:
    scene.bench.ledger.sweep()
    return scene


def _forgotten_then(scene: Scene, fault: Fault) -> Scene:
    scene.bench.clock.advance(seconds=DAY.total_seconds())
    return scene.meets(fault)


def _jumps(scene: Scene, seconds: float) -> Scene:
    scene.bench.clock.advance(seconds=seconds)
    return scene


_ANY: tuple[_Named, ...] = (
    _Named("the message comes again", _redelivered),
    _Named("the sweeper comes by", _swept),
    _Named("the clock jumps a day ahead", partial(_jumps, seconds=86_400), DAY),
    _Named("the clock jumps an hour back", partial(_jumps, seconds=-3_600)),
)


def _second_answers(shape: Shape) -> Iterator[Case]:
    """The second sending is refused for good while the first may have arrived: only a person may say that it failed."""
    for first in troubles.ambiguous(shape):
        story = partial(_refused_then, shape=shape, first=first)
        yield Case(f"{shape.name}: {first.name}, then 422 on the second sending", Badge.PAIRS, story)


def _refused_then(bench: Bench, shape: Shape, first: Trouble) -> None:
    scene = begun(bench, shape, first).go().meets(faults.status(422).at("write")).rest()
    if scene.run.state is State.HELD:
        scene.mend().rest()
    judge.one_of(scene, (State.REVIEW, State.DONE))
