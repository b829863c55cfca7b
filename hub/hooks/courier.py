"""The courier of a process: carries portions to their endpoints without a worker's thread waiting for any of them.

A job claims a portion and hands it over; it travels in the loop of the hub's way out, and a thread of the courier's writes down
what came of it. So a thousand endpoints that take fifteen seconds each hold up nobody. What is on its way when the process ends
is somebody else's when the endpoint's lease is over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connections, transaction

from hub.addons import installed
from hub.db import clock
from hub.hooks import delivering, settling
from hub.hooks.delivering import Answer, Portion

log = logging.getLogger("hub.hooks")

MOST_PORTIONS = 64
"""On their way at the same time; for more, the next look of the ticker is soon enough."""

_places = threading.Semaphore(MOST_PORTIONS)
_writer: ThreadPoolExecutor | None = None
_lock = threading.Lock()


def carry(endpoint_id: int, more: Callable[[int], object]) -> bool:
    """Begin to send what is due at an endpoint. ``more`` is called afterwards if there may be more. Says whether it began."""
    if not _places.acquire(blocking=False):
        return False
    try:
        portion = _claimed(endpoint_id)
        if portion is None:
            _places.release()
            return False
        outside = installed.outside()
        on_its_way = outside.start(delivering.send(outside, portion))
    except BaseException:
        _places.release()
        raise
    on_its_way.add_done_callback(lambda future: _writing().submit(_arrived, portion, future, more))
    return True


def close() -> None:
    """End the writing thread, and with it its connection, when what has arrived is written."""
    global _writer
    with _lock:
        writer, _writer = _writer, None
    if writer is not None:
        writer.submit(connections.close_all)
        writer.shutdown(wait=True)


def carry_now(endpoint_id: int, only: tuple[int, ...] = ()) -> bool:
    """Send what is due and wait for it: for a person who tries an endpoint out. Says whether anything was sent."""
    portion = _claimed(endpoint_id, only)
    if portion is None:
        return False
    outside = installed.outside()
    answers = outside.run(delivering.send(outside, portion))
    _settled(portion, answers)
    return True


def _claimed(endpoint_id: int, only: tuple[int, ...] = ()) -> Portion | None:
    with transaction.atomic():
        return delivering.claim(endpoint_id, clock.now(), only)


def _settled(portion: Portion, answers: list[Answer]) -> bool:
    with transaction.atomic():
        return settling.settle(portion, answers)


def _arrived(portion: Portion, future: Future[list[Answer]], more: Callable[[int], object]) -> None:
    close_old_connections()
    try:
        if _settled(portion, future.result()):
            more(portion.endpoint_id)
    except Exception:
        log.exception("what came of %s messages could not be written; they are sent again", len(portion.parcels))
    finally:
        _places.release()
        close_old_connections()


def _writing() -> ThreadPoolExecutor:
    global _writer
    with _lock:
        if _writer is None:
            _writer = ThreadPoolExecutor(1, thread_name_prefix="hub-hooks")
        return _writer
