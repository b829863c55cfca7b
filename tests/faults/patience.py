"""Patience with a server that is away, or just coming back: what is asked of it is asked again until it is there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
import redis

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.05

AWAY = (psycopg.OperationalError, sqlite3.OperationalError, redis.ConnectionError, redis.TimeoutError)

Value = TypeVar("Value")


def at_last(act: Callable[[], Value]) -> Value:
    """Do it, again and again for a minute while the server cannot be had. It may be done twice; let that do no harm."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except AWAY:
            if time.monotonic() > end:
                raise
            time.sleep(PAUSE_SECONDS)
