"""Words to the person at the terminal: answers on the standard output, complaints on the standard error."""

from __future__ import annotations

import sys


def say(line: str = "") -> None:
    """One line, at once: somebody may be waiting for it behind a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One line of what is wrong."""
    sys.stderr.write(f"hub: {line}\n")
    sys.stderr.flush()


def count(number: int, one: str, many: str = "") -> str:
    """``1 step``, ``1,204 steps``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
