"""Zapier: starts a Zap with a contact's facts.

A Zap begins with a *Catch Hook*, which has an address of its own; whoever knows the address can start the Zap, so it is treated
as a password everywhere. The story in order: ``declaration`` says what an admin needs to know, ``address`` reads the address,
``sending`` is the step. The way back, from Zapier into the hub, is an app for Zapier's own platform and lies in ``app``.
"""

from hub_zapier import sending
from hub_zapier.declaration import addon

__all__ = ["addon", "sending"]
