"""Whom a session belongs to. Signing in itself is ``signin.attempt``, which knows throttles and states."""

from __future__ import annotations

from typing import Any

from hub.users.models import User


class HubBackend:
    """Django's session machinery asks this for the user of a session."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Nobody signs in this way: there is one door, ``signin.attempt``."""
        return

    def get_user(self, user_id: int) -> User | None:
        """The user, while they are active; a blocked or archived one is nobody from the next request on."""
        return User.objects.filter(pk=user_id, state=User.State.ACTIVE).first()
