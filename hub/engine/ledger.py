"""The SQL ledger: the laws of :mod:`hub.dispatch.ledger` on SQLite and PostgreSQL."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections

from hub.db import clock
from hub.dispatch.gate import Hold
from hub.dispatch.ledger import Job, Settlement, StoreAway
from hub.dispatch.requests import Denied, Granted, Intent
from hub.engine import claim, intend, jobs, settle, storing
from hub.engine.claim import Claimed
from hub.engine.identity import Identity

log = logging.getLogger("hub.engine")

T = TypeVar("T")


def _fresh_connection(function: Callable[..., T]) -> Callable[..., T]:
    """A worker's threads live for days: a connection the database has dropped meanwhile is replaced before it is used."""

    @wraps(function)
    def wrapped(*args: object, **more: object) -> T:
        close_old_connections()
        return function(*args, **more)

    return wrapped


READ_TRIES = 10
"""With pauses that double up to five seconds: about half a minute."""


def _jobs_of(claimed: Sequence[Claimed]) -> Sequence[Job]:
    """What these runs need. Asked again while the database is away: they are ours already, and a run in a living worker's hand
    is taken from it only after ten minutes."""
    for attempt in range(READ_TRIES):
        try:
            return _loaded(claimed)
        except (OperationalError, InterfaceError):
            if attempt == READ_TRIES - 1:
                raise
            log.warning("the facts of %s claimed steps could not be read; trying again", len(claimed))
            time.sleep(min(0.05 * 2**attempt, 5.0))
            close_old_connections()
    return []


def _loaded(claimed: Sequence[Claimed]) -> Sequence[Job]:
    """All but those whose facts cannot be made out, such as bytes that no key opens: these stay as they are, and are taken back
    by the sweeper. Who was claimed with them is a stranger to them."""
    try:
        return jobs.load(claimed)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(claimed) == 1:
            log.exception("the facts of step run %s cannot be made out", claimed[0].id)
            return []
    half = len(claimed) // 2
    return [*_loaded(claimed[:half]), *_loaded(claimed[half:])]


_LOCKLESS = Denied(
    code=Hold.STORE, sentence="The worker lost its hold on the database for a moment, so nothing was sent.", seconds=5
)
"""Called *fenced*, they would stay in the living worker's hand, and be taken from it only after ten minutes."""


class SqlLedger:
    """One worker's view of the ledger. Threads may share it; each uses its own connection.

    Args:
        worker: who we are; its lock must be held for any claim or intent.
    """

    def __init__(self, worker: Identity) -> None:
        self._worker = worker

    def now(self) -> datetime:
        """The time of the clock in force: the database's on PostgreSQL."""
        return clock.now()

    @_fresh_connection
    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        """Law 1. A worker that has lost its lock claims nothing."""
        if not self._worker.holds_its_lock():
            return []
        with storing.watched("claim"):
            claimed = claim.claim(run_ids, self._worker.no, self.now())
        return _jobs_of(claimed)

    @_fresh_connection
    def claim_checks(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        """The same for unknown runs whose look-up is due."""
        if not self._worker.holds_its_lock():
            return []
        return _jobs_of(claim.claim_checks(run_ids, self._worker.no, self.now()))

    @_fresh_connection
    def intend(self, intents: Sequence[Intent]) -> Sequence[Granted | Denied]:
        """Law 2. A worker that has lost its lock sends nothing: somebody may already have taken its steps.

        Those that nobody took are put back for a moment later; settling names the fence, so the others stay as they are.
        """
        if not self._worker.holds_its_lock():
            return [_LOCKLESS for _ in intents]
        with storing.watched("intend"):
            return intend.intend(intents, self._worker, self.now())

    @_fresh_connection
    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Law 3."""
        try:
            with storing.watched("settle"):
                settle.settle(settlements, self.now())
        except storing.TROUBLE as trouble:
            if storing.passes(trouble):
                raise StoreAway(str(trouble)) from trouble
            raise
