"""How mailboxes are shared out among the workers that read. Pure.

A worker that comes finds all of them kept open by others, and takes from who has most until it has its share. Nobody is asked:
who loses a mailbox sees it at its next look, and what two read meanwhile is kept once. As soon as everybody has about the same,
nobody takes anything, so nothing wanders to and fro.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def to_take(mine: int, theirs: Mapping[int, Sequence[T]], most: int) -> list[T]:
    """What a worker takes from others.

    Args:
        mine: how many mailboxes it keeps open itself.
        theirs: what each other living worker keeps open, by its number. One that keeps none open is nobody who reads.
        most: how many it takes at most.

    Returns:
        the last ones of those who have most; none where it has its share already.
    """
    left = {reader: list(rows) for reader, rows in theirs.items()}
    share = (mine + sum(map(len, left.values()))) // (len(left) + 1)
    taken: list[T] = []
    while len(taken) < min(most, share - mine):
        richest = max(left, key=lambda reader: len(left[reader]))
        taken.append(left[richest].pop())
    return taken
