"""Walk through everything that can happen, the nearest first, and come back with the shortest way to what is wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tests.model.protocol import GOOD, Protocol, State, wrong


@dataclass(frozen=True)
class Found:
    """What a walk came to.

    Attributes:
        states: how many were visited.
        wrong: what is wrong, in a word or two; empty when nothing is.
        trace: what happened on the shortest way there.
    """

    states: int
    wrong: str = ""
    trace: tuple[str, ...] = ()


Ways = dict[State, tuple[State, str] | None]


def walk(protocol: Protocol) -> Found:
    """Breadth first, until something is wrong or all is seen. *Lost* is a state from which no good end can be reached."""
    first = protocol.first()
    ways: Ways = {first: None}
    before: dict[State, list[State]] = {}
    waiting = deque([first])
    while waiting:
        state = waiting.popleft()
        if (fault := wrong(state)) != "":
            return Found(len(ways), fault, _trace(ways, state))
        for what, after in protocol.steps(state):
            before.setdefault(after, []).append(state)
            if after not in ways:
                ways[after] = (state, what)
                waiting.append(after)
    lost = _lost(ways, before)
    return Found(len(ways), "lost", _trace(ways, lost)) if lost else Found(len(ways))


def _lost(ways: Ways, before: dict[State, list[State]]) -> State | None:
    saved = {state for state in ways if state.row in GOOD}
    waiting = deque(saved)
    while waiting:
        for earlier in before.get(waiting.popleft(), ()):
            if earlier not in saved:
                saved.add(earlier)
                waiting.append(earlier)
    return next((state for state in ways if state not in saved), None)


def _trace(ways: Ways, state: State) -> tuple[str, ...]:
    steps: list[str] = []
    while (way := ways[state]) is not None:
        state, what = way
        steps.append(what)
    return tuple(reversed(steps))


def told(found: Found) -> str:
    """For people."""
    return "\n".join([f"{found.wrong or 'nothing wrong'} after {found.states} states", *_numbered(found.trace)])


def _numbered(trace: Iterable[str]) -> Iterable[str]:
    return (f"  {number}. {what}" for number, what in enumerate(trace, 1))
