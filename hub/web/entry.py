"""The door of every page: who, where, may they, and one transaction around what they change.

::

    @page("contacts.view")
    def contact_list(request: HubRequest) -> HttpResponse: ...          # /a/<int:account_id>/contacts

    @page("signed_in", account=False)
    def profile(request: HubRequest) -> HttpResponse: ...               # belongs to no account

    @page("public", account=False)
    def sign_in(request: HttpRequest) -> HttpResponse: ...              # anybody

The account of the address is found, checked and taken out of the view's arguments; the view finds it as `request.account`.
What is not theirs answers like what does not exist. A POST runs in one transaction, which is taken back when a problem is
raised or the answer's status is 400 or more (a form shown again with errors keeps nothing).
"""

from __future__ import annotations

import functools
import logging
import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from hub.accounts import reads as accounts
from hub.audit.actor import Actor
from hub.contacts.visibility import viewer_of
from hub.db import clock, scope
from hub.db.errors import Busy, NotFound, Problem
from hub.db.sealing import SealError
from hub.db.texts import storable
from hub.users import declare, guard, reads
from hub.users.facts import Via
from hub.users.models import User
from hub.web import acting, answers
from hub.web.request import HubRequest

log = logging.getLogger("hub.web")

View = Callable[..., HttpResponse]

ACCOUNT_KEY = "account"
"""Where the session remembers the account that was looked at last."""

METHODS = ("GET", "HEAD", "POST")


def page(
    permission: str, *, account: bool = True, atomic: bool = True, stale_password: bool = False
) -> Callable[[View], View]:
    """State what a view needs, and let only those in who have it.

    Args:
        permission: `area.verb`, `"signed_in"` or `"public"`.
        account: the address names an account (`account_id`), and the permission is asked there.
        atomic: run a POST in one transaction; only signing in counts its failures outside of one.
        stale_password: also for people who must change their password first.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def enter(request: HubRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            try:
                sent_away = _admit(request, permission, kwargs if account else None, stale_password)
                return sent_away or _run(request, view, atomic, args, kwargs)
            except Problem as problem:
                return answers.of(request, problem)
            except SealError as trouble:
                log.error("what a page needs is sealed with a key that is not here: %s", trouble)
                return answers.of(request, KeyLost())
            except OperationalError as trouble:
                # SQLite has one writer and lets the others wait for some seconds only; PostgreSQL may be restarting.
                log.warning("the database did not take a request: %s", trouble)
                return answers.of(request, Busy())

        return declare.route(permission)(enter)

    return decorate


class KeyLost(Problem):
    """What is asked for is sealed, and none of the installation's keys opens it."""

    status = 503
    default_code = "key_lost"

    def __init__(self) -> None:
        super().__init__(
            _("What is needed here was sealed with a key that this installation does not have. Nothing was changed."),
            _("An operator gives the hub that key; hub doctor says which."),
            _("Try again then; what waits is kept."),
        )


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page, and back here afterwards where that makes sense."""
    back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    target = resolve_url("signing:sign_in")
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(target)
    return redirect(target + back)


def _admit(
    request: HubRequest, permission: str, kwargs: dict[str, Any] | None, stale_password: bool
) -> HttpResponse | None:
    """Put onto the request who asks and where. An answer instead of the page, or a raised `Problem`, keeps them out."""
    request.now = clock.now()
    request.via = Via("ui", request.ip)
    _refuse_unreadable(request)
    if permission == declare.PUBLIC:
        return None
    if not request.user.is_authenticated:
        return sign_in_first(request)
    recognise(request)
    if request.user.must_change_password and not stale_password:
        return redirect("signing:change_password")
    if kwargs is not None:
        enter_account(request, kwargs.pop("account_id"), permission)
    return None


def _run(request: HubRequest, view: View, atomic: bool, args: Any, kwargs: Any) -> HttpResponse:
    if request.method != "POST" or not atomic:
        return view(request, *args, **kwargs)
    with transaction.atomic():
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _refuse_unreadable(request: HubRequest) -> None:
    if request.method == "POST" and not all(storable(text) for each in request.POST.lists() for text in each[1]):
        raise Problem("What was sent holds a character that cannot be kept.", next="Remove it and send again.")


def recognise(request: HubRequest) -> None:
    """Put onto the request who it is, acting as another included."""
    person: User = request.user
    shown = acting.shown_user(request.session, clock.real_now())
    request.principal = reads.principal_of(person, shown)
    actor = Actor.person(person.pk, person.label, request.ip)
    request.actor = actor.shown_as(shown.pk) if shown else actor


def enter_account(request: HubRequest, account_id: int, permission: str) -> None:
    """Find the account and ask for the permission there. For a page whose address does not name its account.

    Raises:
        NotFound: there is none, or it is not theirs.
        Refused: they may not do that there.
    """
    account = accounts.get(account_id)
    place = accounts.place(account)
    principal = request.principal
    # Before any check that would say the account's name: whose place this is not learns nothing about it.
    if not all(one.reaching(place, request.now) for one in (principal, principal.effective)):
        raise NotFound
    request.account, request.place = account, place
    guard.check(principal, "account.enter", place, via=request.via)
    scope.enter(account.pk, account.path, place.ancestors, request.actor.id)
    request.framed = True  # type: ignore[attr-defined]  # the answer to a problem may show the account's frame
    request.home = f"/a/{account.pk}/"  # type: ignore[attr-defined]
    timezone.activate(_zone(account.time_zone))
    request.viewer = viewer_of(principal, place, now=request.now)
    request.visibility = None if request.viewer.sees == "nothing" else request.viewer.sees
    if request.session.get(ACCOUNT_KEY) != account.pk:
        request.session[ACCOUNT_KEY] = account.pk
    guard.check(principal, permission, place, via=request.via)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
