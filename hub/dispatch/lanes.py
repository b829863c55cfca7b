"""Places in flight: whoever is slow takes up his own.

A lane is an add-on in one account. Each lane has so many places, and each add-on has so many over all its lanes, so that a plugin
that never returns, or one account's vendor that answers after a minute, leaves every other lane as it was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import NamedTuple

LANE_PLACES = 128
"""Calls of one add-on for one account that a process has out at a time."""

ADDON_PLACES = 256
"""Calls of one add-on that a process has out at a time, over all accounts."""

AHEAD = 128
"""Runs that may be claimed beyond the places, so that a place that becomes free is taken at once."""


class Lane(NamedTuple):
    """An add-on in one account."""

    addon: str
    account: str


class Places:
    """Places in flight. To be used within one event loop."""

    def __init__(self, lane: int = LANE_PLACES, addon: int = ADDON_PLACES) -> None:
        self._lane, self._addon = lane, addon
        self._limits: dict[Hashable, _Limit] = {}

    def take(self, lane: Lane) -> Place:
        """A place, to be waited for by ``async with``."""
        return Place(self, lane)

    async def enter(self, lane: Lane) -> None:
        """Wait for a place. The lane's comes first: a full lane must not stand in the way of its neighbours."""
        await self._enter(lane, self._lane)
        try:
            await self._enter(lane.addon, self._addon)
        except BaseException:
            self._leave(lane)
            raise

    def leave(self, lane: Lane) -> None:
        """Give the place back."""
        self._leave(lane.addon)
        self._leave(lane)

    async def _enter(self, key: Hashable, places: int) -> None:
        limit = self._limits.get(key)
        if limit is None:
            limit = self._limits[key] = _Limit(places)
        if limit.free:
            limit.free -= 1
        else:
            await limit.wait()

    def _leave(self, key: Hashable) -> None:
        limit = self._limits[key]
        limit.give_back()
        if limit.free == limit.places:  # ten thousand accounts come and go
            del self._limits[key]


class _Limit:
    """So many places and a line for them. asyncio's semaphore looks at everybody in line whenever a place becomes free, which
    with two hundred in line was a tenth of the loop's time."""

    __slots__ = ("_line", "free", "places")

    def __init__(self, places: int) -> None:
        self.places = self.free = places
        self._line: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Stand in line: a place is handed over, and is never free in between."""
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give_back()  # it was handed over in the moment in which we were stopped
            raise

    def give_back(self) -> None:
        """To the first in line who still waits."""
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1


class Place:
    """One place of a lane. A class of its own: generators made into contexts cost a tenth of what a step does in the loop."""

    __slots__ = ("_lane", "_places")

    def __init__(self, places: Places, lane: Lane) -> None:
        self._places, self._lane = places, lane

    async def __aenter__(self) -> None:
        await self._places.enter(self._lane)

    async def __aexit__(self, *_: object) -> None:
        self._places.leave(self._lane)
