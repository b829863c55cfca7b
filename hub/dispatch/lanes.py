"""Places in flight: whoever is slow takes up his own.

A lane is an add-on in one account. Each lane has so many places, and each add-on has so many over all its lanes, so that a plugin
that never returns, or one account's vendor that answers after a minute, leaves every other lane as it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
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

    @asynccontextmanager
    async def take(self, lane: Lane) -> AsyncIterator[None]:
        """Wait for a place. The lane's comes first: a full lane must not stand in the way of its neighbours."""
        async with self._limit(lane, self._lane), self._limit(lane.addon, self._addon):
            yield

    @asynccontextmanager
    async def _limit(self, key: Hashable, places: int) -> AsyncIterator[None]:
        limit = self._limits.setdefault(key, asyncio.Semaphore(places))
        self._users[key] += 1
        try:
            async with limit:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:  # ten thousand accounts come and go
                del self._users[key], self._limits[key]
