"""Secrets in shown text: replaced on the server, so that their value never reaches the browser."""

from collections.abc import Iterable
from dataclasses import dataclass

DOTS = "••••"
SHORTEST_WITH_TAIL = 12
"""Below this many characters the last four would be too large a part of the secret to show."""


@dataclass(frozen=True)
class Piece:
    """A piece of text; `masked` tells that it stands for a secret."""

    text: str
    masked: bool = False


def masked(secret: str) -> str:
    """Return dots for a secret, with its last four characters when it is long enough."""
    return DOTS + secret[-4:] if len(secret) >= SHORTEST_WITH_TAIL else DOTS


def mask_pieces(text: str, secrets: Iterable[str]) -> list[Piece]:
    """Cut `text` at each of `secrets` and return the pieces in order, secrets masked; longest secrets first."""
    pieces = [Piece(text)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        pieces = [part for piece in pieces for part in _cut(piece, secret)]
    return pieces


def _cut(piece: Piece, secret: str) -> list[Piece]:
    if piece.masked:
        return [piece]
    parts: list[Piece] = []
    for index, text in enumerate(piece.text.split(secret)):
        if index:
            parts.append(Piece(masked(secret), masked=True))
        if text:
            parts.append(Piece(text))
    return parts
