"""Links that let one person set one password once: invitations and resets.

The link is signed and names the user; a fingerprint of their password, state and session epoch makes it worthless as soon
as any of these has changed, so it works once, and an archived user's link not at all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from django.core import signing

from hub.db.errors import Problem
from hub.users.models import User

Purpose = Literal["invitation", "reset"]

LIVES: dict[Purpose, timedelta] = {"invitation": timedelta(days=7), "reset": timedelta(hours=4)}


def make(user: User, purpose: Purpose) -> str:
    """The token of a link for this user."""
    return signing.dumps([user.pk, _fingerprint(user)], salt=_salt(purpose))


def read(token: str, purpose: Purpose, *, hold: bool = False) -> User:
    """The user a token was made for. Raises ``Problem`` when it is used up, too old or made up; all three alike.

    Args:
        hold: the link is about to be used: who else uses it at this moment waits for this transaction, and finds it used up.
    """
    try:
        user_id, fingerprint = signing.loads(token, salt=_salt(purpose), max_age=LIVES[purpose])
    except (signing.BadSignature, ValueError, TypeError):
        raise _used_up() from None
    users = User.objects.select_for_update(no_key=True) if hold else User.objects
    user = users.filter(pk=user_id).first()
    if user is None or user.state == User.State.ARCHIVED or _fingerprint(user) != fingerprint:
        raise _used_up()
    return user


def _fingerprint(user: User) -> str:
    return user.get_session_auth_hash()[:24]


def _salt(purpose: Purpose) -> str:
    return f"hub.users.links.{purpose}"


def _used_up() -> Problem:
    return Problem(
        "This link has been used or is too old.",
        "An owner or admin of the account can make a new one.",
        "Ask them for it.",
        code="link_used_up",
    )
