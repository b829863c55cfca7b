"""What a dispatching process has: its identity, its ledger, its runners. Made at start, ended at stop.

Actors are plain functions that Dramatiq calls with ids; they find what they need here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.db import close_old_connections, connections

from hub.addons import installed
from hub.db import dialect
from hub.dispatch.carrying import Carriers
from hub.dispatch.lines import Lines
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.engine import figures, identity
from hub.engine.identity import BEAT_SECONDS, Identity
from hub.engine.ledger import SqlLedger
from hub.engine.taking import Taking, give_back

log = logging.getLogger("hub.engine")

LOST_SECONDS = 1.0
"""After this a worker without its lock tries again to have it: until then it takes no work and sends nothing."""

CLOSE_SECONDS = 10.0
"""How long closing waits for a claim that is being made, and for the heart."""

LOOP_SECONDS = 10.0
"""How long the loop may take to answer the heartbeat. A beat that fails is not made up for: who watches sees it missing."""


@dataclass
class Runtime:
    """One process's means of dispatching.

    Attributes:
        runner: the house's own; a guest has one in its own loop.
    """

    worker: Identity
    ledger: SqlLedger
    runner: Runner
    carriers: Carriers
    lines: Lines
    taking: Taking
    _stop: threading.Event
    _heart: threading.Thread

    def leave(self) -> None:
        """Take nothing new from now on, and give back what was not begun."""
        self.taking.leaving = True
        self.lines.leave()
        given = give_back(self.worker)
        if given:
            log.info("worker %s gave back %s steps that it had not begun", self.worker.no, given)

    def close(self) -> None:
        """Leave, finish what is being written, say goodbye, let go of the lock. No thread of ours keeps a connection."""
        self._stop.set()
        self.leave()
        self.lines.close(CLOSE_SECONDS)
        self.carriers.close()
        self.runner.close()
        self._heart.join(CLOSE_SECONDS)
        self.worker.leave()


class Writing(ThreadPoolExecutor):
    """Where a runner writes to the ledger: intents and outcomes each in their groups, one group after the other, and the two side
    by side where the database takes two writers. Each thread closes its database connection when it ends."""

    def __init__(self) -> None:
        super().__init__(2 if dialect.is_postgres() else 1, "hub-ledger")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """After what is being written."""
        together = threading.Barrier(self._max_workers)
        with suppress(RuntimeError):  # it has ended already
            for _ in range(self._max_workers):
                self.submit(_let_go, together)
        super().shutdown(wait, cancel_futures=cancel_futures)


def _let_go(together: threading.Barrier) -> None:
    """Each thread of a pool takes one of these, for none goes on before the others have come."""
    connections.close_all()
    with suppress(threading.BrokenBarrierError):
        together.wait(CLOSE_SECONDS)


_current: Runtime | None = None
_lock = threading.Lock()


def current() -> Runtime:
    """This process's runtime; the first call becomes a worker."""
    global _current
    with _lock:
        if _current is None:
            _current = _make()
        return _current


def is_worker() -> bool:
    """Whether this process has become one."""
    return _current is not None


def close() -> None:
    """End this process's runtime, if there is one."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None


def _make() -> Runtime:
    worker = identity.enter()
    ledger = SqlLedger(worker)
    writer, registry = Writing(), installed.registry()

    def runner_in(way_out: Outside) -> Runner:
        return Runner(ledger, registry, way_out, writer=writer, begun=figures.begun)

    runner = runner_in(installed.outside())
    carriers = Carriers(runner, ledger, installed.guests(), runner_in, ended=connections.close_all)
    taking = Taking(worker, ledger, carriers)
    lines = Lines(
        {"dispatch": taking.dispatch, "check": taking.check},
        threads=2 if dialect.is_postgres() else 1,  # a file has one writer
        ended=connections.close_all,
    )
    stop = threading.Event()
    heart = threading.Thread(target=_live, args=(worker, stop), name="hub-heartbeat", daemon=True)
    heart.start()
    return Runtime(worker, ledger, runner, carriers, lines, taking, stop, heart)


def _live(worker: Identity, stop: threading.Event) -> None:
    try:
        _beat(worker, stop)
    finally:
        connections.close_all()


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether this process's worker could carry out a step now: its loop moves, and its lock is its own."""

    moves: bool
    holds_its_lock: bool


def fitness(seconds: float) -> Fitness | None:
    """Of this process; None when it is no worker.

    Args:
        seconds: how long the loop may take to answer.
    """
    here = _current
    if here is None:
        return None
    try:
        return Fitness(_loop_moves(seconds), here.worker.holds_its_lock())
    finally:
        close_old_connections()


def _loop_moves(seconds: float | None = None) -> bool:
    """Whether the loop answers. One that a plugin blocks makes no call and hears no answer, and its worker is not alive in any
    sense that helps; its lock is left as it is, for what it has sent may still be on its way."""
    answer = asyncio.sleep(0)
    try:
        installed.outside().run(answer, LOOP_SECONDS if seconds is None else seconds)
    except Exception:
        return False
    return True


def _beat(worker: Identity, stop: threading.Event) -> None:
    """Show that we live, and get our lock back when the database took it."""
    pause = BEAT_SECONDS
    while not stop.wait(pause):
        if not _loop_moves():
            log.error("worker %s: a plugin blocks the loop in which all calls are made; nothing of it moves", worker.no)
            continue
        try:
            pause = BEAT_SECONDS if _shows_itself(worker) else LOST_SECONDS
        except Exception:
            log.warning("worker %s could not show that it lives", worker.no, exc_info=True)


def _shows_itself(worker: Identity) -> bool:
    """One beat. Says whether the worker has its lock."""
    close_old_connections()  # one that was cut stays cut until somebody lets go of it
    if not worker.holds_its_lock() and not worker.take_again():
        log.warning("worker %s has lost its lock and takes no new work", worker.no)
        return False
    worker.beat()
    return True
