"""Who asked for a change: a frozen value made at the edge and passed down to every write as ``by``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["person", "api", "plugin", "system"]


@dataclass(frozen=True)
class Actor:
    """Who asked.

    ``label`` is the name as people knew it at the time, kept because names change and people leave.
    """

    kind: Kind
    id: str = ""
    """A user's id, an API user's id, or a plugin's name."""
    label: str = ""
    acting_as: str = ""
    """The id of the person shown, while somebody is logged in as another."""
    ip: str = ""
    """The caller's address as the edge saw it."""

    @classmethod
    def person(cls, user_id: int, label: str, ip: str = "") -> Actor:
        """A person at the browser."""
        return cls("person", str(user_id), label, ip=ip)

    @classmethod
    def plugin(cls, name: str) -> Actor:
        """A plugin at work in an account."""
        return cls("plugin", name, name)

    def shown_as(self, user_id: int) -> Actor:
        """The same actor, logged in as another person."""
        return replace(self, acting_as=str(user_id))


SYSTEM = Actor("system", label="The hub")
"""The scheduler, a command, a sweep: nobody asked just now."""
