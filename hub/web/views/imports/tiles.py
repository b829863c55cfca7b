"""The numbers of a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One number of the report."""

    label: str
    number: int
    tone: str
    icon: str
