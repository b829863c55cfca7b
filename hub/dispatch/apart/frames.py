"""What goes over the socket: a head in JSON and bytes behind it, both with their length before them.

Either side reads what the other one wrote and believes nothing of it: a frame that is too long, or whose head is no JSON object
with a kind, ends the conversation.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LONGEST = 24 * 1024 * 1024
"""Bytes of one frame. The longest that is of use is a page of ten thousand records."""

_SIZES = struct.Struct("!II")


class Frame(NamedTuple):
    """One message.

    Attributes:
        head: its ``kind`` and what else it says.
        blob: a vendor's answer, a request's body; nothing else is ever bytes.
    """

    head: Mapping[str, Any]
    blob: bytes = b""

    @property
    def kind(self) -> str:
        return str(self.head["kind"])


class BadFrame(Exception):
    """The other side does not keep to the protocol."""


class TooLong(ValueError):
    """What shall be sent does not fit into a frame."""


def written(head: Mapping[str, Any], blob: bytes = b"") -> bytes:
    """A frame as bytes.

    Raises:
        TooLong: it would be refused on the other side.
    """
    text = json.dumps(head, separators=(",", ":")).encode()
    if len(text) + len(blob) > LONGEST:
        raise TooLong(f"a message of {len(text) + len(blob)} bytes does not fit between the hub and a plugin")
    return _SIZES.pack(len(text), len(blob)) + text + blob


class Reader:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now.

        Raises:
            BadFrame: this can be no frame.
        """
        self._waiting += data
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Frame | None:
        if len(self._waiting) < _SIZES.size:
            return None
        text, blob = _SIZES.unpack_from(self._waiting)
        if text + blob > LONGEST:
            raise BadFrame(f"it sends a message of {text + blob} bytes")
        end = _SIZES.size + text + blob
        if len(self._waiting) < end:
            return None
        whole = bytes(self._waiting[_SIZES.size : end])
        del self._waiting[:end]
        return Frame(_head(whole[:text]), whole[text:])


def _head(text: bytes) -> Mapping[str, Any]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("it sends what is not JSON") from None
    if not isinstance(head, dict) or not isinstance(head.get("kind"), str):
        raise BadFrame("it sends messages without a kind")
    return head
