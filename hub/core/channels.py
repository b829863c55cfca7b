"""The ways on which a step reaches the contact itself. An action names its own; accounts give each its quiet hours."""

from __future__ import annotations

from hub.core.errors import DeclarationError

CHANNELS = ("email", "sms", "call", "post")
"""What an action may name."""


def check_channel(channel: str, where: str) -> None:
    """Refuse a way that the hub does not know. Empty is none: the step reaches nobody by itself, or nothing is said of it.

    Raises:
        DeclarationError: it is none of :data:`CHANNELS`.
    """
    if channel and channel not in CHANNELS:
        raise DeclarationError(f"{where}: {channel!r} is no channel; choose from {list(CHANNELS)}, or leave it out")
