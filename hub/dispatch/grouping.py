"""Commits in groups: many small writes that arrive within a few milliseconds become one transaction.

A durable commit costs a disk's flush, whether it carries one row or two hundred. So intents and outcomes wait a few
milliseconds for company, where company is to be expected. While one group is being written the next one gathers, so a busy
worker pays no waiting at all, and a lone step does not wait either.

The work may be asked twice for one item: when a group fails, each of its items is tried alone, and the group may have been
committed although the store reported an error. So the work must know its own: to intend or settle a second time changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")

GATHER_SECONDS = 0.004
"""How long the first of a group waits for others."""

MOST = 200
"""Items in one group; more go into the next."""


class Grouped(Generic[ItemT, AnswerT]):
    """Call it with one item; the work is done for a group and each caller gets its own answer.

    Args:
        work: the synchronous function for a whole group; answers in the same order.
        executor: where it runs, one group at a time. Others may share it: one of one thread asks a store with one writer never
            twice at once.
        gather: how long the first of a group waits for others, in seconds.
        company: whether others may come.
    """

    def __init__(
        self,
        work: Callable[[Sequence[ItemT]], Sequence[AnswerT]],
        executor: Executor,
        gather: float = GATHER_SECONDS,
        company: Callable[[], bool] = lambda: True,
    ) -> None:
        self._work, self._executor, self._gather, self._company = work, executor, gather, company
        self._waiting: list[tuple[ItemT, asyncio.Future[AnswerT]]] = []
        self._in_hand: list[tuple[ItemT, asyncio.Future[AnswerT]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, item: ItemT) -> AnswerT:
        """Wait until the item's group is written. A caller that is cancelled takes nothing with it: its item is written.

        Raises:
            Exception: whatever the work raised for the item alone.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            self._writer = loop.create_task(self._write_all())
            self._writer.add_done_callback(self._stopped)
        return await future  # one whose caller was cancelled is passed over when the answers come

    async def _write_all(self) -> None:
        await asyncio.sleep(self._gather if self._company() else 0)
        while self._waiting:
            self._in_hand, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write(self._in_hand)
        self._writer = None  # before anybody else can run: whoever comes next begins a new one

    def _stopped(self, writer: asyncio.Task[None]) -> None:
        """The writer was cancelled, perhaps before its first step: those who wait must hear it, or they would wait for ever."""
        if writer.cancelled():
            stranded, self._in_hand, self._waiting, self._writer = [*self._in_hand, *self._waiting], [], [], None
            for _, future in stranded:
                _fail(future, RuntimeError("the writer was stopped"))

    async def _write(self, group: list[tuple[ItemT, asyncio.Future[AnswerT]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._executor, self._answers, [item for item, _ in group])
        except Exception as trouble:
            await self._alone_or_fail(group, trouble)
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    def _answers(self, items: list[ItemT]) -> Sequence[AnswerT]:
        """In the executor. Everything that is not an answer is an ordinary error by the time it reaches the loop."""
        try:
            answers = self._work(items)
        except Exception:
            raise
        except BaseException as trouble:
            raise RuntimeError(f"the store ended with {type(trouble).__name__}") from trouble
        if len(answers) != len(items):
            raise RuntimeError(f"the store gave {len(answers)} answers to {len(items)} questions")
        return answers

    async def _alone_or_fail(self, group: list[tuple[ItemT, asyncio.Future[AnswerT]]], trouble: Exception) -> None:
        """One bad item must not fail its neighbours: try each alone, once."""
        if len(group) > 1:
            for pair in group:
                await self._write([pair])
            return
        _fail(group[0][1], trouble)


def _fail(future: asyncio.Future[AnswerT], trouble: Exception) -> None:
    if not future.done():
        future.set_exception(trouble)
        future.exception()  # looked at: a caller that was cancelled meanwhile will not come for it
