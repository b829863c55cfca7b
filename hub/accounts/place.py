"""An account as the permission checks see it: a frozen value, so that the checks stay pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.accounts.locks import LockFact


@dataclass(frozen=True)
class Place:
    """Where something is to happen."""

    id: int | None
    """None is the platform itself, above all accounts."""
    name: str = ""
    ancestors: tuple[int, ...] = ()
    """Ids from the root down to the parent."""
    enterprise: bool = False
    locked: bool = False
    """Locked here or anywhere above: nobody signs in, nothing is sent."""
    paused: bool = False
    secure: bool = False
    locks: tuple[LockFact, ...] = ()
    """Locks set by ancestors, whatever their reach."""
    link_screening_until: datetime | None = None


PLATFORM = Place(id=None, name="The platform")
