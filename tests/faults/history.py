"""What happened in a storm, as one file of lines: who did what, in the order in which it was written down.

Every process of a storm, and the vendor, and whoever makes the trouble, append to the same file, a whole line at once, so the
order of the lines is an order in which it can have happened: what is written *before* a deed begins and *after* it is over
brackets it. :mod:`tests.faults.verdict` judges from these lines alone, at any later time.

================ ==================================================================================================
line             means
================ ==================================================================================================
``storm``        the first: the seed and the size
``enrol``        these steps were accepted: ``enrollment``, ``account``, number of ``steps``
``born``         a process of the hub began: ``by`` (its place, and which life there)
``claim``        a worker has a run: ``run``, ``fence``, ``kind`` (dispatch or check), ``at`` (the hub's clock)
``asks``         it is about to write an intent down: ``run``, ``fence``
``intent``       the intent is durable: ``run``, ``fence``, ``n``, ``key``, ``klass``
``offers``       it is about to write an outcome down: ``run``, ``fence``, ``to``, ``intended``
``record``       the store has taken what was offered
``call``         the vendor read a request: ``ref``
``effect``       the vendor acted: ``ref``, ``id``
``answer``       how the vendor took it: ``ref``, ``mood``
``pause``        the account's pause is committed: ``account``; ``unpause`` is written before that is
``lock``         a lock is committed: ``accounts``, all that it shuts; ``unlock`` is written before that is
``kill``         and ``stop``, ``goes on``, ``crash postgres``, … : trouble; ``place`` and ``life`` where there is one
``person``       somebody decided: ``run``, ``choice``
``calm``         the last trouble is over, and everybody is up again
``due``          after that, now and then: which ``runs`` are due at this moment
``told``         in the end: what the hub says of a run
``told plan``    and of an enrollment
``rest``         the last: nothing moves any more
================ ==================================================================================================
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class History:
    """Appends lines to a file. Threads and processes may share it.

    Args:
        by: who writes: a place and which life there; nobody in particular for the vendor and the storm itself.
    """

    def __init__(self, file: Path, by: str = "") -> None:
        self.file, self._by = file, by
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, what: str, **more: Any) -> None:
        """One line, in one write: the system puts whole writes one after another."""
        self.write_all([(what, more)])

    def write_all(self, lines: list[tuple[str, Line]]) -> None:
        """Some lines at once."""
        who = {"by": self._by} if self._by else {}
        stamp = round(time.monotonic(), 4)
        text = "".join(json.dumps({"what": what, "t": stamp, **who, **more}) + "\n" for what, more in lines)
        if text:
            os.write(self._descriptor, text.encode())

    def close(self) -> None:
        """No more from here."""
        os.close(self._descriptor)


class Kept(History):
    """The same in memory, for schedules of one process. What is written by several is one list."""

    def __init__(self, by: str = "", lines: list[Line] | None = None) -> None:
        self.lines: list[Line] = [] if lines is None else lines
        self._by = by

    def of(self, by: str) -> Kept:
        """For somebody who writes into the same list."""
        return Kept(by, self.lines)

    def write_all(self, lines: list[tuple[str, Line]]) -> None:
        who = {"by": self._by} if self._by else {}
        self.lines += [{"what": what, "t": float(len(self.lines)), **who, **more} for what, more in lines]


def read(file: Path) -> Iterator[Line]:
    """The lines of a history. A last line that was torn by the death of its writer is left out."""
    for text in file.read_text().split("\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        yield line
