"""Telling a full disk from other trouble. Pure."""

from __future__ import annotations

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room on the disk, none left of this user's share, or a file larger than may be."""

SQLITE_SAYS = "disk is full"


def is_full(trouble: BaseException) -> bool:
    """Whether this says that there is no room."""
    if isinstance(trouble, OSError):
        return trouble.errno in FULL
    return SQLITE_SAYS in str(trouble)
