"""Signing in: one door, the same answer and the same work for every wrong name and every wrong password.

``attempt`` charges the throttle first, then looks at the password, and takes the charge back when it was right: a hundred
guesses at once are a hundred charges, not one. Call it outside a transaction: its tallies must stay, whatever happens next.
``begin`` then makes the session.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db.texts import storable
from hub.users import throttle
from hub.users.models import SignInTally, User

BACKEND = "hub.users.backend.HubBackend"
LONGEST_NAME = 150
LONGEST_PASSWORD = 4_096  # characters that are worth hashing; nobody's password is longer


@dataclass(frozen=True)
class SignedIn:
    """The right name and password. A page to change the password comes first when it must be changed."""

    user: User
    must_change_password: bool


@dataclass(frozen=True)
class Refused:
    """Not signed in, and the sentence that says so. ``retry_after``: whole seconds, when it is the throttle."""

    sentence: str
    reason: str
    retry_after: int = 0


def attempt(username: str, password: str, ip: str, now: datetime) -> SignedIn | Refused:
    """Try a name and a password from an address at a time (``clock.real_now()``)."""
    name = username.strip()
    here, anywhere = _tallies(name, ip)
    left = throttle.wait(_fact(here), _fact(anywhere), now)
    if left > timedelta(0) or not _charge(here, anywhere, now):
        return _too_many(left)
    user = _with_password(name, password)
    if user is None:
        return _wrong()
    _refund(here, anywhere, now)
    if user.state != User.State.ACTIVE:
        return _not_active(user)
    record("signed_in", "user", user.pk, by=Actor.person(user.pk, user.label, ip))
    return SignedIn(user, user.must_change_password)


def begin(request: HttpRequest, signed_in: SignedIn, ip: str) -> None:
    """Make the session: a new key, and what its owner will recognise it by."""
    login(request, signed_in.user, backend=BACKEND)
    request.session["ip"] = ip
    request.session["browser"] = request.headers.get("User-Agent", "")[:200]


def end(request: HttpRequest) -> None:
    """Sign out: the session is gone from the server, not only from the browser."""
    logout(request)


def digest(username: str) -> str:
    """What a name is tallied under: not the name itself, for it may be a password typed into the wrong field."""
    return hashlib.sha256(b"hub sign-in:" + username.strip().casefold().encode("utf-8", "replace")).hexdigest()


def _with_password(name: str, password: str) -> User | None:
    """The user of this name if the password is right. An unknown name costs the same work as a wrong password."""
    usable = name and len(name) <= LONGEST_NAME and storable(name)
    user = User.objects.named(name) if usable else None
    if len(password) > LONGEST_PASSWORD or not storable(password):
        user, password = None, ""
    if user is None:
        make_password(password)
        return None
    return user if user.check_password(password) else None


def _tallies(name: str, ip: str) -> tuple[SignInTally, SignInTally]:
    key = digest(name)
    here, _made = SignInTally.objects.get_or_create(name_digest=key, ip=ip[:45] or "unknown")
    anywhere, _made = SignInTally.objects.get_or_create(name_digest=key, ip="")
    return here, anywhere


def _fact(row: SignInTally) -> throttle.Tally:
    return throttle.Tally(row.failures, row.last_failed_at, row.blocked_until, row.succeeded_at)


def _charge(here: SignInTally, anywhere: SignInTally, now: datetime) -> bool:
    """Count this try as failed, for now. False: another try from here was counted in the same moment."""
    count = throttle.failures(_fact(here), now) + 1
    same = SignInTally.objects.filter(pk=here.pk, failures=here.failures, last_failed_at=here.last_failed_at)
    charged = same.update(failures=count, last_failed_at=now, blocked_until=_until(throttle.delay_here, count, now))
    if not charged:
        return False
    if throttle.failures(_fact(anywhere), now) == 0:
        SignInTally.objects.filter(pk=anywhere.pk).update(failures=0)
    SignInTally.objects.filter(pk=anywhere.pk).update(failures=F("failures") + 1, last_failed_at=now)
    anywhere.refresh_from_db(fields=["failures"])
    until = _until(throttle.delay_anywhere, anywhere.failures, now)
    SignInTally.objects.filter(pk=anywhere.pk).update(blocked_until=until)
    return True


def _until(delay: Callable[[int], timedelta], count: int, now: datetime) -> datetime | None:
    length = delay(count)
    return now + length if length else None


def _refund(here: SignInTally, anywhere: SignInTally, now: datetime) -> None:
    """Success wipes the slate of this address, and takes one charge off the other."""
    SignInTally.objects.filter(pk=here.pk).update(failures=0, blocked_until=None, succeeded_at=now)
    SignInTally.objects.filter(pk=anywhere.pk, failures__gt=0).update(failures=F("failures") - 1)


def _wrong() -> Refused:
    return Refused(_("The user name or the password is not right."), "wrong")


def _too_many(left: timedelta) -> Refused:
    seconds = max(1, math.ceil(left.total_seconds()))
    return Refused(
        _("Too many tries. Wait %(seconds)s seconds, then try again.") % {"seconds": seconds}, "throttled", seconds
    )


def _not_active(user: User) -> Refused:
    """Told only to somebody who knows the password."""
    if user.state == User.State.INVITED:
        return Refused(_("Open the link in your invitation first and choose a password."), "invited")
    return Refused(_("This user is blocked. An owner or admin of the account can unblock it."), "blocked")
