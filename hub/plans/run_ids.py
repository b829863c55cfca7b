"""Ids of step runs: UUIDs of version 7, which begin with the time.

New rows then go to the end of the primary key's index instead of all over it, which makes a hundred thousand of them twice as
quick to write. The id travels to vendors inside the reference and must never come again, not even after a restore from backup:
besides the millisecond it holds at least 44 random bits.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from hub.db import dialect


def new(at: datetime) -> UUID:
    """A fresh id made at this time."""
    return UUID(f"{prefix(at)}{8 + secrets.randbelow(4):x}{secrets.randbits(60):015x}")


def prefix(at: datetime) -> str:
    """The first 16 hex digits: 48 bits of milliseconds, the version, 12 random bits. The same for all rows of a statement."""
    milliseconds = int(at.timestamp() * 1000) & (2**48 - 1)
    return f"{milliseconds:012x}7{secrets.randbits(12):03x}"


def sql(number: str) -> str:
    """An expression for insert-select that makes an id a row; takes :func:`prefix` as its one parameter.

    ``number`` is a column that grows from row to row; its 28 lowest bits follow the prefix, and 32 random bits come last.
    """
    if dialect.is_postgres():
        order = f"lpad(to_hex({number} & 268435455), 7, '0')"
        chance = "lpad(to_hex((random() * 4294967295)::bigint), 8, '0')"
        return f"(CAST(%s AS text) || '8' || {order} || {chance})::uuid"
    return f"%s || printf('8%%07x', {number} & 268435455) || lower(hex(randomblob(4)))"
