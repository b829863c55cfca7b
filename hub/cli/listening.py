"""Arguments that several commands share."""

from __future__ import annotations

import argparse

HOST, PORT = "127.0.0.1", 8400

STUCK = 60
"""Seconds. An honest action that reckons for a few of them is not stuck."""


def address(parser: argparse.ArgumentParser) -> None:
    """``--host`` and ``--port``."""
    parser.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST}: this machine only)")
    parser.add_argument(
        "--port", type=port, default=PORT, help=f"port to listen on; 0 for any that is free (default {PORT})"
    )


def threads(parser: argparse.ArgumentParser, does: str, default: int = 8) -> None:
    """``--threads``."""
    parser.add_argument("--threads", type=positive, default=default, help=f"{does} (default {default})")


def stuck(parser: argparse.ArgumentParser) -> None:
    """``--stuck``."""
    parser.add_argument(
        "--stuck", type=positive, default=STUCK, metavar="SECONDS",
        help=f"a process in which a plugin blocks everything for so long is killed and started again (default {STUCK})",
    )  # fmt: skip


def port(text: str) -> int:
    """A port number, or 0."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; use a number from 0 to 65535")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1 to 1,000."""
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 1000")
    return int(text)
