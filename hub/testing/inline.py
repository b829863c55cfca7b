"""The dispatcher in one thread: the loop runs where it is asked, and the ledger is written where it is called.

In production the loop has a thread of its own, and so has the writer. For a plugin on the bench nothing else is going on, so the
hand-overs between threads would be all that a case costs. The runner is the same; only the place where it runs is not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

import httpx

from hub.core.egress import Egress
from hub.dispatch.outside import Outside

T = TypeVar("T")

log = logging.getLogger("hub.testing")


class InlineExecutor(Executor):
    """Does the work at once, in the thread that asks."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do it and come back with the end of it."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as trouble:
            future.set_exception(trouble)
        return future


class InlineOutside(Outside):
    """The world outside, with the event loop in the caller's own thread."""

    def __init__(
        self,
        egress: Egress | None = None,
        base_urls: Mapping[str, str] | None = None,
        make_transport: Callable[[Egress], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self.egress = egress or Egress()
        self._base_urls = dict(base_urls or {})
        self._make_transport = make_transport or (lambda _egress: httpx.AsyncHTTPTransport())
        self._wire = None
        self._loop = asyncio.new_event_loop()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Do the work to its end; the future is there before anybody waits for it."""
        future: Future[T] = Future()
        task = self._loop.create_task(work)
        self._finish(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(task.result())
        return future

    def _finish(self, task: asyncio.Task[Any]) -> None:
        """Run the loop until the task is done. A plugin's stray task that calls ``sys.exit()`` makes asyncio leave its loop."""
        while not task.done():
            try:
                self._loop.run_until_complete(task)
            except KeyboardInterrupt:
                raise
            except BaseException as trouble:
                if not task.done():
                    log.error("a plugin ended the event loop with %s; it goes on", type(trouble).__name__)

    def close(self) -> None:
        """Close the way out, cancel what was left running, and end the loop."""
        if self._loop.is_closed():
            return
        self.run(self._close_wire())
        self._loop.close()
