"""A way out on which recorded calls are played again: nothing leaves, and nothing may differ.

Each call of the plugin is held against the recording, in the shape in which it was recorded (:mod:`hub.dispatch.story`), and gets
the answer of then. Calls that a plugin makes side by side may come in another order; otherwise the order is the recording's. What
was not recorded, and what was recorded and never asked for, is told by :meth:`Player.finish`, with the difference.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.core import nested
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
        names: where references are not those of then.
    """

    def __init__(self, calls: Sequence[Recorded], names: Names | None = None) -> None:
        super().__init__()
        self._left = list(calls)
        self._names = names
        self.unexpected: list[str] = []

    async def exchange(
        self, endpoint: Endpoint[Any], request: FrozenRequest, ready: FrozenRequest, not_after: float
    ) -> Exchange:
        """The answer of then."""
        told = story.request_data(request)
        asked = self._names.then(told) if self._names else told
        for recorded in self._left[:SIDE_BY_SIDE]:
            if recorded["request"] == asked:
                self._left.remove(recorded)
                return story.result_of(self._names.now(recorded) if self._names else recorded)
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
    """References of then and now. Each run on the bench has a new one, so a recording calls them ``hub-ref-1``, ``hub-ref-2``, in
    the order in which they come."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def then(self, data: Any) -> Any:
        """With the names of the recording."""
        return nested.changed(data, lambda text: _OF_THE_BENCH.sub(lambda found: self._name(found.group()), text))

    def now(self, data: Any) -> Any:
        """With the references of now."""
        refs = {name: ref for ref, name in self._names.items()}
        return nested.changed(data, lambda text: _NAMED.sub(lambda found: refs.get(found.group(), found.group()), text))

    def _name(self, ref: str) -> str:
        return self._names.setdefault(ref, f"hub-ref-{len(self._names) + 1}")


_OF_THE_BENCH = re.compile(r"hub-kit-[0-9a-f]{32}-\d+")
_NAMED = re.compile(r"hub-ref-\d+")


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
