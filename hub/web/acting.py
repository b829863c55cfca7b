"""Logging in as another: one hour of seeing the hub through somebody else's eyes, under both names.

The session remembers whom and until when. Nothing is given by it: every check asks both people, and some things are never
done in another's name (`hub.users.checks`, check 9).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.users.models import User

KEY = "acting_as"
LASTS = timedelta(hours=1)


def start(session: Any, shown: User, account: Account, now: datetime, *, by: Actor) -> None:
    """From the next request on the session shows `shown`. Ask for `login_as.use` first."""
    record("login_as_started", "user", shown.pk, by=by.shown_as(shown.pk), account_id=account.pk)
    session[KEY] = {"user": shown.pk, "account": account.pk, "until": (now + LASTS).isoformat()}
    session.cycle_key()


def shown_user(session: Any, now: datetime) -> User | None:
    """The person shown, or None; what is over or broken is forgotten."""
    kept = session.get(KEY)
    if kept is None:
        return None
    try:
        over = now >= datetime.fromisoformat(kept["until"])
        shown = None if over else User.objects.filter(pk=kept["user"], state=User.State.ACTIVE).first()
    except (KeyError, TypeError, ValueError):
        shown = None
    if shown is None:
        del session[KEY]
    return shown


def stop(session: Any, *, by: Actor) -> tuple[int, int] | None:
    """Be oneself again. Returns the account and the user where it began; None when nobody was shown."""
    kept = session.pop(KEY, None)
    if kept is None:
        return None
    record("login_as_ended", "user", kept["user"], by=by.shown_as(kept["user"]), account_id=kept["account"])
    session.cycle_key()
    return kept["account"], kept["user"]
