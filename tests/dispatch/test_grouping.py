"""Commits in groups: each caller gets its own answer, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hub.dispatch.grouping import MOST, Grouped


def together(work: Callable[[Sequence[int]], Sequence[Any]], items: Sequence[int]) -> list[Any]:
    """All items at once; errors come back as values."""

    async def go() -> list[Any]:
        with ThreadPoolExecutor(1) as executor:
            grouped: Grouped[int, Any] = Grouped(work, executor)
            return await asyncio.wait_for(
                asyncio.gather(*[grouped(item) for item in items], return_exceptions=True), timeout=60
            )

    return asyncio.run(go())


def test_many_are_written_in_one_go_and_each_gets_its_own_answer() -> None:
    groups: list[list[int]] = []

    def work(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        return [item * 2 for item in items]

    assert together(work, range(450)) == [item * 2 for item in range(450)]
    assert [len(group) for group in groups] == [MOST, MOST, 50]


def test_one_bad_item_does_not_fail_its_neighbours() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise ValueError("three")
        return list(items)

    answers = together(work, range(5))

    assert [answers[i] for i in (0, 1, 2, 4)] == [0, 1, 2, 4]
    assert isinstance(answers[3], ValueError)


def test_a_group_that_was_committed_before_the_error_is_asked_for_again_one_by_one() -> None:
    asked: list[list[int]] = []

    def work(items: Sequence[int]) -> list[int]:
        asked.append(list(items))
        if len(items) > 1:
            raise ConnectionError("the commit's answer is lost")
        return list(items)

    assert together(work, [1, 2]) == [1, 2]
    assert asked == [[1, 2], [1], [2]]


@pytest.mark.parametrize("answers", [[], [1, 2, 3]])
def test_the_wrong_number_of_answers_is_an_error_and_not_a_silence(answers: list[int]) -> None:
    heard = together(lambda items: answers, [1, 2])

    assert all(isinstance(answer, RuntimeError) for answer in heard)


@pytest.mark.parametrize("trouble", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_a_store_that_ends_strangely_is_an_error_and_not_a_silence(trouble: type[BaseException]) -> None:
    def work(items: Sequence[int]) -> list[int]:
        raise trouble

    assert all(isinstance(answer, RuntimeError) for answer in together(work, [1, 2]))


def test_a_caller_that_is_cancelled_takes_nothing_with_it() -> None:
    written: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        written.extend(items)
        return list(items)

    async def go() -> int:
        with ThreadPoolExecutor(1) as executor:
            grouped: Grouped[int, int] = Grouped(work, executor)
            gone = asyncio.create_task(grouped(1))
            stays = asyncio.create_task(grouped(2))
            await asyncio.sleep(0)
            gone.cancel()
            return await asyncio.wait_for(stays, 5)

    assert asyncio.run(go()) == 2
    assert written == [1, 2]


def test_when_the_writer_is_cancelled_those_who_wait_hear_of_it() -> None:
    async def go() -> list[Any]:
        with ThreadPoolExecutor(1) as executor:
            grouped: Grouped[int, int] = Grouped(lambda items: list(items), executor)
            waiting = [asyncio.create_task(grouped(item)) for item in (1, 2)]
            await asyncio.sleep(0)
            assert grouped._writer is not None
            grouped._writer.cancel()
            heard: list[Any] = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
            return [*heard, await asyncio.wait_for(grouped(3), 5)]

    first, second, third = asyncio.run(go())
    assert isinstance(first, RuntimeError)
    assert isinstance(second, RuntimeError)
    assert third == 3


def test_a_closed_executor_is_an_error_and_not_a_silence() -> None:
    async def go() -> None:
        executor = ThreadPoolExecutor(1)
        executor.shutdown()
        grouped: Grouped[int, int] = Grouped(lambda items: list(items), executor)
        await asyncio.wait_for(grouped(1), 5)

    with pytest.raises(RuntimeError):
        asyncio.run(go())


def test_where_no_company_is_to_be_expected_nobody_waits_for_it() -> None:
    async def go() -> int:
        with ThreadPoolExecutor(1) as executor:
            grouped: Grouped[int, int] = Grouped(list, executor, gather=3_600, company=lambda: False)
            return await asyncio.wait_for(grouped(7), timeout=60)

    assert asyncio.run(go()) == 7
