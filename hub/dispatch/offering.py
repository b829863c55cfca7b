"""Offering intents and outcomes to the ledger until it takes them.

A store fails now and then: it is being restarted, its disk is full, somebody holds its lock. An intent that cannot be written
down stops the step before anything has left, so after a few tries the step goes back in line. An outcome is knowledge that exists
nowhere else: while the store is away it is offered for as long as this process lives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import count

from hub.dispatch import crash
from hub.dispatch.gate import Hold
from hub.dispatch.grouping import Grouped
from hub.dispatch.ledger import Ledger, Settlement, StoreAway
from hub.dispatch.requests import Denied, Granted, Intent

log = logging.getLogger("hub.dispatch")

INTEND_TRIES = 4
"""How often an intent is offered to a store that fails, before the step goes back in line."""

SETTLE_TRIES = 12
"""How often an outcome is offered to a store that is there and chokes on it, with growing waits: about two minutes in all. After
that the row keeps saying what is true, *calling*, and the sweeper takes it from there."""

FIRST_WAIT, LONGEST_WAIT = 0.05, 30.0
"""Seconds between two offers: each wait is twice the last."""


class Offering:
    """The runner's way to the ledger. To be used within one event loop.

    Args:
        writer: where the ledger is written.
        gather: how long a write waits for company, in seconds.
        company: whether others may come.
    """

    def __init__(self, ledger: Ledger, writer: Executor, gather: float, company: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._intend: Grouped[Intent, Granted | Denied] = Grouped(ledger.intend, writer, gather, company)
        self._settle: Grouped[Settlement, None] = Grouped(self._settle_all, writer, gather, company)

    async def intent(self, intent: Intent) -> Granted | Denied:
        """May this request leave? It is the same intent each time it is offered, and the store knows its own."""
        for attempt in range(INTEND_TRIES):
            try:
                return await self._intend(intent)
            except Exception:
                log.warning("the store did not take an intent", exc_info=attempt == 0)
                await _wait(attempt)
        return Denied(code=Hold.STORE, sentence="The hub could not write down that the request leaves.", seconds=30)

    async def outcome(self, settlement: Settlement) -> None:
        """Write it down.

        Raises:
            Exception: the store is there, and does not take this one.
        """
        for attempt in count():
            try:
                return await self._settle(settlement)
            except StoreAway:
                log.warning("the store is away; the outcome of step run %s is kept", settlement.job.run_id)
            except Exception:
                if attempt >= SETTLE_TRIES - 1:
                    raise
                log.warning("the store did not take an outcome; trying again", exc_info=attempt == 0)
            await _wait(attempt)

    def _settle_all(self, settlements: Sequence[Settlement]) -> list[None]:
        crash.point("before_settle")
        self._ledger.settle(settlements)
        crash.point("after_settle")
        return [None] * len(settlements)


async def _wait(attempt: int) -> None:
    await asyncio.sleep(min(FIRST_WAIT * 2 ** min(attempt, 20), LONGEST_WAIT))
