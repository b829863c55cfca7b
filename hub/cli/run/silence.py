"""No word leaves this process: while it is silent, Python itself refuses every connection, whoever asks for one.

The simulator needs no socket, so an attempt to open one is a plugin's own doing, beside its `vendor`. It is refused by an audit
hook, which sees a connection whatever library makes it. This stops slips, not malice (docs/isolation.md).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"})

_silent = 0
_hooked = False


class Silent(OSError):
    """Somebody tried to speak."""


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing out until the end of the block. Blocks may lie inside one another."""
    global _silent, _hooked
    if not _hooked:
        sys.addaudithook(_listen)  # for good: a hook cannot be taken away, only be told to let pass
        _hooked = True
    _silent += 1
    try:
        yield
    finally:
        _silent -= 1


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _silent and event in EVENTS:
        raise Silent(
            "This is a dry run against the simulator: no connection is made. Speak to the vendor through `vendor` only."
        )
