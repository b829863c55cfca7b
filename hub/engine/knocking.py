"""Waiting for a knock. Dramatiq's consumer of Redis asks for messages, rests, and asks again; a lone step waited half of such a
rest, and short rests are many questions for nothing. Ours rests in Redis: who puts a message into a line knocks after it, and one
of those who wait looks at once.

A knock says nothing and holds nothing. One that is lost, as with Redis itself, costs the rest of a rest; one too many is a
question for nothing. Fetching, heartbeats, acknowledging and dead letters are Dramatiq's, unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from dramatiq.broker import Consumer

REST_SECONDS = 0.5
"""The longest rest: then the line is looked at all the same, which is also what keeps the heartbeat going."""

MOST_KNOCKS = 8
"""Kept while nobody waits: whoever comes looks at the line before waiting, so they tell nothing new."""

Listen = Callable[[float], Any]
"""Waits so many seconds for a knock at the line."""


class Listening(Consumer):
    """Dramatiq's consumer, with another rest.

    Args:
        inner: Dramatiq's, made to rest no longer than a millisecond.
        idle: its rest in seconds while it has messages in hand: what is done with must be crossed off soon.
        rest: its rest with empty hands.
    """

    def __init__(self, inner: Any, listen: Listen, idle: float, rest: float = REST_SECONDS) -> None:
        self._inner, self._listen, self.idle, self.rest = inner, listen, idle, min(rest, REST_SECONDS)

    def __next__(self) -> Any:
        message = next(self._inner)
        if message is None:
            self._rest()
        return message

    def _rest(self) -> None:
        in_hand = self._inner.outstanding_message_count
        if in_hand >= self._inner.prefetch:  # a knock would be heard, and nothing could be fetched
            time.sleep(self.idle)
        else:
            self._listen(self.idle if in_hand else self.rest)

    def ack(self, message: Any) -> None:
        self._inner.ack(message)

    def nack(self, message: Any) -> None:
        self._inner.nack(message)

    def requeue(self, messages: Iterable[Any]) -> None:
        self._inner.requeue(messages)

    def close(self) -> None:
        self._inner.close()


def knock(client: Any, key: str) -> None:
    """Wake one of those who wait."""
    both = client.pipeline(transaction=True)
    both.lpush(key, "").ltrim(key, 0, MOST_KNOCKS - 1).execute()


def listen(client: Any, key: str, seconds: float) -> None:
    """Wait for a knock."""
    client.blpop([key], timeout=seconds)
