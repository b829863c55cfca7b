"""The three descriptors that everything said goes through, kept from a stranger's code.

A plugin that closes descriptor 1 or 2 takes every later word away; worse, the next file or connection that this process opens
gets that number, and what is said goes into it. So duplicates are kept, and put back where one was closed or became another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

NAMES = {0: "the standard input", 1: "the standard output", 2: "the standard error"}


@dataclass
class Watched:
    """What was found at the end.

    Attributes:
        closed: the names of those that had to be put back.
    """

    closed: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """For the plugin's author; empty when all is as it was."""
        return f"it closed {' and '.join(self.closed)} of the whole process" if self.closed else ""


@contextmanager
def kept() -> Iterator[Watched]:
    """Put the descriptors back at the end of the block, however it ends."""
    watched, copies = Watched(), {number: copy for number in NAMES if (copy := _copy(number)) is not None}
    try:
        yield watched
    finally:
        watched.closed += [NAMES[number] for number, copy in copies.items() if _put_back(number, copy)]
        watched.closed += [name for name in _reopened() if name not in watched.closed]


def _copy(number: int) -> int | None:
    """A duplicate, which no program we start inherits; None where there is none: started without a terminal."""
    try:
        return os.dup(number)
    except OSError:
        return None


def _put_back(number: int, copy: int) -> bool:
    """Whether it had to be put back. The duplicate is closed."""
    closed = not _same(number, copy)
    with suppress(OSError):  # it closed our copy, too
        if closed:
            os.dup2(copy, number, inheritable=True)
    with suppress(OSError):
        os.close(copy)
    return closed


def _same(number: int, copy: int) -> bool:
    try:
        return os.path.samestat(os.fstat(number), os.fstat(copy))
    except OSError:
        return False


def _reopened() -> Iterator[str]:
    """Python's own files, which can be closed while the descriptors stay open."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(getattr(sys, name), "closed", False):
            yield NAMES[number]
            with suppress(OSError):
                setattr(sys, name, os.fdopen(number, "w", buffering=1, closefd=False))
