"""Places in flight: whoever is slow takes up his own.

A lane is an add-on in one account. Each lane has so many places, and each add-on has so many over all its lanes, so that a plugin
that never returns, or one account's vendor that answers after a minute, leaves every other lane as it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
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
        self._limits: dict[Hashable, asyncio.Semaphore] = {}
        self._users: Counter[Hashable] = Counter()

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
        limit = self._limits.get(key) or self._limits.setdefault(key, asyncio.Semaphore(places))
        self._users[key] += 1
        try:
            await limit.acquire()
        except BaseException:
            self._forget(key)
            raise

    def _leave(self, key: Hashable) -> None:
        self._limits[key].release()
        self._forget(key)

    def _forget(self, key: Hashable) -> None:
        self._users[key] -= 1
        if not self._users[key]:  # ten thousand accounts come and go
            del self._users[key], self._limits[key]


class Place:
    """One place of a lane. A class of its own: generators made into contexts cost a tenth of what a step does in the loop."""

    __slots__ = ("_lane", "_places")

    def __init__(self, places: Places, lane: Lane) -> None:
        self._places, self._lane = places, lane

    async def __aenter__(self) -> None:
        await self._places.enter(self._lane)

    async def __aexit__(self, *_: object) -> None:
        self._places.leave(self._lane)
