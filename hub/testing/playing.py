"""A way out on which recorded calls are played again: nothing leaves, and nothing may differ.

Each call of the plugin is held against the recording, in the shape in which it was recorded (:mod:`hub.dispatch.story`), and gets
the answer of then. Calls that a plugin makes side by side may come in another order; otherwise the order is the recording's. What
was not recorded, and what was recorded and never asked for, is told by :meth:`Player.finish`, with the difference.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.core.endpoints import Endpoint
from hub.dispatch import story
from hub.dispatch.exchange import Exchange, NeverLeft
from hub.dispatch.outside import Outside
from hub.dispatch.requests import FrozenRequest

Recorded = Mapping[str, Any]

SIDE_BY_SIDE = 5
"""How far ahead of its turn a call may come."""


class Unplayed(AssertionError):
    """The plugin did not say what it said when it was recorded."""


class Player(Outside):
    """Plays calls.

    Args:
        calls: as :func:`hub.dispatch.story.call` tells them, in their order.
        known: makes a request of now comparable with one of then, and an answer of then fit for now; for references, which are
            new in each run.
    """

    def __init__(self, calls: Sequence[Recorded], known: Names | None = None) -> None:
        super().__init__()
        self._left = list(calls)
        self._known = known or Names()
        self.unexpected: list[str] = []

    async def exchange(
        self, endpoint: Endpoint[Any], request: FrozenRequest, ready: FrozenRequest, not_after: float
    ) -> Exchange:
        """The answer of then."""
        asked = self._known.then(story.request_data(request))
        for recorded in self._left[:SIDE_BY_SIDE]:
            if recorded["request"] == asked:
                self._left.remove(recorded)
                return story.result_of(self._known.now(recorded))
        self.unexpected.append(_unexpected(asked, self._left))
        return NeverLeft("the recording has no such call")

    def finish(self) -> None:
        """Say whether everything went as recorded.

        Raises:
            Unplayed: a call was made that was not recorded, or one that was recorded was not made.
        """
        if self.unexpected:
            raise Unplayed("\n\n".join(self.unexpected))
        if self._left:
            names = "\n".join(f"  {_label(call['request'])}" for call in self._left)
            raise Unplayed(f"Recorded and never asked for:\n{names}")


class Names:
    """References of then and now: each stands in the recording as ``ref-1``, ``ref-2``, in the order in which they come."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, ref: str) -> None:
        """Give a reference its name, if it has none yet."""
        if ref:
            self._names.setdefault(ref, f"ref-{len(self._names) + 1}")

    def then(self, data: Any) -> Any:
        """With the names of the recording."""
        return _replaced(data, lambda text: _each(text, self._names.items()))

    def now(self, data: Any) -> Any:
        """With the references of now."""
        return _replaced(data, lambda text: _each(text, ((name, ref) for ref, name in self._names.items())))


def _each(text: str, pairs: Any) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _replaced(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {change(str(name)): _replaced(part, change) for name, part in data.items()}
    return [_replaced(part, change) for part in data] if isinstance(data, list | tuple) else data


def _unexpected(asked: Recorded, left: Sequence[Recorded]) -> str:
    """What was asked, beside what was expected: the recorded call that is most like it."""
    head = f"Not recorded: {_label(asked)}"
    if not left:
        return f"{head}\nNothing more was recorded.\n{_lines(asked)}"
    expected = min((call["request"] for call in left), key=lambda one: _distance(one, asked))
    difference = difflib.unified_diff(
        _lines(expected).splitlines(), _lines(asked).splitlines(), "recorded", "asked now", lineterm="", n=2
    )
    return "\n".join([head, *difference])


def _distance(one: Recorded, other: Recorded) -> float:
    return 1 - difflib.SequenceMatcher(None, _lines(one), _lines(other)).ratio()


def _label(request: Recorded) -> str:
    return f"{request['method']} {request['url']}"


def _lines(request: Recorded) -> str:
    return json.dumps(request, indent=2, sort_keys=True, ensure_ascii=False)


__all__ = ["Names", "Player", "Unplayed"]
