"""Words to the person at the terminal: answers on the standard output, complaints on the standard error; secrets on neither."""

from __future__ import annotations

import sys


def say(line: str = "") -> None:
    """One line, at once: somebody may be waiting for it behind a pipe."""
    sys.stdout.write(_without_secrets(line) + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One line of what is wrong."""
    sys.stderr.write(f"hub: {_without_secrets(line)}\n")
    sys.stderr.flush()


def count(number: int, one: str, many: str = "") -> str:
    """``1 step``, ``1,204 steps``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _without_secrets(line: str) -> str:
    """Where the module that knows the secrets was never loaded, none was opened; loading it would cost half a second."""
    redact = sys.modules.get("hub.core.redact")
    return redact.text(line) if redact else line
