"""On which way a step reaches the contact: what its action says, as the plugins in force declare it.

A step whose plugin is not there goes no way in particular; it is held for that anyway, and asked again when it starts.
"""

from __future__ import annotations

from hub.addons import installed


def of(action_type: str) -> str:
    """The channel of an action type; empty for none."""
    claim = installed.registry().claim(action_type)
    return claim.action.channel if claim else ""
