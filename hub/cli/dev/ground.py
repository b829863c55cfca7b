"""What `hub dev` stands on: a folder nobody else runs a hub for, a place to write, a port that is free.

Said before anything starts, for the hub itself would wait for a save that mends nothing.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.cli.trouble import Stop

HOST = "127.0.0.1"

HOME = ".hub-dev"
"""In the plugin's folder: all that `hub dev` makes."""

VENDOR_PORT = "vendor.port"
"""The file, beside the database that holds the requests."""


@contextmanager
def taken(folder: Path) -> Iterator[None]:
    """This folder is ours until the end of the block, or of the process.

    Raises:
        Stop: another `hub dev` runs for it.
    """
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(
                f"hub dev is running for {folder} already, and starts again by itself when you save. Use that one, or end it "
                "first with Ctrl-C."
            ) from None
        except OSError:  # some network file systems lock no folders; then nobody is kept out
            pass
        yield
    finally:
        os.close(held)


def home(folder: Path, addon: str) -> Path:
    """Where the hub of a folder's only add-on lies, or of the one that is named: each has a database and a vendor of its own."""
    return folder / HOME / addon


def last(folder: Path) -> Path | None:
    """Of the hubs that `hub dev` has made in a folder, the one that ran last."""
    made = [file.parent for places in ("hub.sqlite3", "*/hub.sqlite3") for file in (folder / HOME).glob(places)]
    return max(made, key=lambda one: one.stat().st_mtime, default=None)


def ready(home: Path, *, fresh: bool) -> None:
    """Make the folder that holds all that `hub dev` makes.

    Raises:
        Stop: it cannot be written to.
    """
    try:
        if fresh and home.is_dir():
            shutil.rmtree(home)
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as trouble:
        raise Stop(
            f"hub dev keeps its database in {home}, and that cannot be written: {_why(trouble)}. Give yourself the right to "
            "write there, or work on a copy of the folder."
        ) from None


def listening(port: int, line: int = 1) -> socket.socket:
    """A socket on which the hub can be reached.

    Args:
        port: 0 for any that is free.
        line: so many may wait in it.

    Raises:
        Stop: somebody else has the port, or it may not be had.
    """
    made = socket.socket()
    with suppress(OSError):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen(line)
    except OSError as trouble:
        made.close()
        raise Stop(_not_free(port, trouble)) from None
    return made


def vendor_port(home: Path) -> int:
    """The simulator's port of the last time, while it is free; else 0, for any. A stored request names it: whoever saves a file
    while a keyed step is unclear must find the vendor where it was."""
    try:
        before = int((home / VENDOR_PORT).read_text())
        listening(before).close()
    except (OSError, ValueError, OverflowError, Stop):
        return 0
    return before


def keep_vendor_port(home: Path, port: int) -> None:
    """For :func:`vendor_port`, until `hub dev --fresh`."""
    (home / VENDOR_PORT).write_text(str(port))


def _not_free(port: int, trouble: OSError) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another with --port, or --port 0 for any that is free."
    return f"The hub cannot listen on port {port}: {_why(trouble)}. Choose another with --port."


def _why(trouble: OSError) -> str:
    return (trouble.strerror or type(trouble).__name__).lower()
