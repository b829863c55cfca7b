"""Judging a scene: what is there, held against what must be."""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.effects import EffectClass
from hub.dispatch.states import State
from hub.testing.proofs import references, rules
from hub.testing.proofs.case import Unproved, unless
from hub.testing.proofs.expected import End
from hub.testing.proofs.scene import Scene


def honest(scene: Scene) -> None:
    """The rules of the run, whatever the end."""
    found = list(rules.of_the_run(scene))
    if found:
        raise Unproved("\n".join(found))


def stands(scene: Scene, state: State, when: str, who: str = "") -> None:
    """The step is in this state."""
    whose = f" The turn is {who}." if who else ""
    said = f" It says: {scene.run.sentence}" if scene.run.sentence else ""
    told = f"{when} the step is {scene.run.state} and should be {state}.{whose}{said}{_hint(scene, state)}"
    unless(scene.run.state is state, told)


def _hint(scene: Scene, wanted: State) -> str:
    """A look-up finds only what was sent with our reference, and only where it was sent, and not before it is shown."""
    if scene.run.state is State.DONE and wanted is State.REVIEW and rules.answers_look_ups(scene):
        return (" simulation.py answers the look-up: list call.visible(path) there and not call.stored(path), for what was just "
                "done may be shown later.")  # fmt: skip
    return rules.kept_apart(scene) or (references.hint(scene) if scene.shape.klass is EffectClass.LOOKUP else "")


def acted(scene: Scene, times: int) -> None:
    """The vendor acted so often."""
    unless(
        scene.effects == times, f"The vendor acted {scene.effects} times for this step and should have {times} times."
    )


def ends(scene: Scene, end: End) -> None:
    """The step has come to rest as it should."""
    honest(scene)
    stands(scene, end.last, "In the end", end.who)
    acted(scene, end.effects)


def one_of(scene: Scene, states: Iterable[State]) -> None:
    """An honest end among these."""
    honest(scene)
    wanted = tuple(states)
    unless(scene.run.state in wanted, f"In the end the step is {scene.run.state}: {scene.run.sentence}")
