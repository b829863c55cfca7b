"""Whether the store takes words. While it does not, nothing is sent: no call leaves without a note that it does.

A full disk, a database that may only be read: people must be told once, in words that say who acts, and not by each step that is
put back. A worker's process knows it from its own writing; one that only serves the web tries a write when somebody asks how it
is (``/health/ready``), and remembers what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic as _steady

from django.db import InterfaceError, InternalError, OperationalError, transaction
from django.db.models import F

from hub.db.models import Installation

REMEMBERED_SECONDS = 90.0
"""A refusal that no later write has made up for is believed for so long. Steps are put back for thirty seconds."""

TRIED_SECONDS = 10.0
"""Strangers may ask how we are; a write is tried no more often than this."""

TROUBLE = (OperationalError, InternalError, InterfaceError)
"""The store's own; a value that does not fit is ours, and says nothing about the store."""

READ_ONLY = "25006"
"""PostgreSQL's word for a transaction that may only read, as on a server that others have taken over from."""

_refused: dict[str, float] = {}
_tried_at = -TRIED_SECONDS


def refuses() -> bool:
    """Whether this process has reason to believe that nothing can be written now."""
    since = _steady() - REMEMBERED_SECONDS
    return any(at > since for at in list(_refused.values()))


def passes(trouble: Exception) -> bool:
    """Whether time mends it: the store is away, full or may only be read. What else is *internal* is a mistake of ours."""
    return not isinstance(trouble, InternalError) or getattr(trouble.__cause__, "sqlstate", "") == READ_ONLY


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Learn from a write of this kind: each kind answers for itself, for on a full disk some still find room."""
    try:
        yield
    except TROUBLE:
        _refused[what] = _steady()
        raise
    _refused.pop(what, None)


def try_it() -> None:
    """Write something small, unless that was done a moment ago. Raises nothing: :func:`refuses` says what came of it."""
    global _tried_at
    now = _steady()
    if now - _tried_at < TRIED_SECONDS:
        return
    _tried_at = now
    try:
        with watched("try"), transaction.atomic():
            Installation.objects.filter(pk=1).update(ref=F("ref"))
    except TROUBLE:
        return


def forget() -> None:
    """Know nothing, as at the start of the process."""
    global _tried_at
    _tried_at = -TRIED_SECONDS
    _refused.clear()
