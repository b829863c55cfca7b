"""Who types commands: the operator of the machine. The audit log names their login."""

from __future__ import annotations

import getpass

from hub.audit.actor import Actor


def actor() -> Actor:
    """The operator as the one who asks."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        login = "operator"
    return Actor("system", label=f"{login} at the command line"[:200])
