"""Who calls, for which account, and may they: asked before anything of the call is read but its headers.

Two kinds of credentials. The **Web Key** picks an account and the **access token** proves the enterprise it belongs to; a call
brings both, and may call every endpoint of that account. An **API user** brings its secret as `Authorization: Bearer …` and may
call what it was granted, in its own account, from its listed addresses. Everything is read fresh at every call.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.api import limits
from hub.api.request import ApiRequest
from hub.audit.actor import Actor
from hub.contacts.visibility import viewer_of
from hub.db import clock, scope
from hub.db.errors import Refused, Unauthenticated
from hub.plans import visibility as plans
from hub.users import facts, guard
from hub.users.facts import Principal, Via
from hub.users.keys import changes as keys
from hub.users.keys import making, reads
from hub.users.keys.models import ApiKey

ANYWHERE = ("0.0.0.0/0", "::/0")
"""Keys of accounts may be used from any address: Zapier calls from thousands."""

UNKNOWN_ADDRESS = "0.0.0.0"  # stands for a peer without one, such as a proxy on a Unix socket; it is on no list


@dataclass(frozen=True)
class Caller:
    """Whose credentials these are, and the account they pick."""

    principal: Principal
    account: Account
    used: tuple[ApiKey, ...]

    @property
    def name(self) -> str:
        """Names the caller among all, for its rate and its idempotency keys."""
        return f"user:{self.principal.id}" if self.principal.id.isdigit() else self.principal.id


class Admission:
    """The door of one endpoint, as django-ninja's `auth=` wants it: true, or a raised `Problem`."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> bool:
        admit(request, self.permission)  # type: ignore[arg-type]  # it becomes one here
        return True


def admit(request: ApiRequest, permission: str) -> None:
    """Put onto the request who calls and where.

    Raises:
        Unauthenticated: nobody is known by these credentials.
        Throttled: too many calls, or too many wrong credentials from this address.
        Refused, NotFound: the caller may not do this there.
    """
    request.now = clock.now()
    caller = recognise(request)
    limits.take(caller.name)
    keys.touch(caller.used, request.now)
    _stand(request, caller, accounts.place(caller.account))
    request.endpoint = permission
    guard.check(caller.principal, permission, request.place, via=request.via)
    scope.enter(caller.account.pk, caller.account.path, request.place.ancestors, request.actor.id)
    request.viewer = viewer_of(caller.principal, request.place, now=request.now, permission=permission)
    request.plan_viewer = plans.viewer_of(caller.principal, request.place, now=request.now)


def recognise(request: ApiRequest) -> Caller:
    """Whose credentials the headers hold. Wrong ones count against the address they come from.

    Right ones are heard all the same: behind one address stand many who know nothing of each other, at Zapier or in an office.
    """
    try:
        return _caller(request)
    except Unauthenticated:
        limits.take(f"address:{request.ip}", limits.FAILURES)
        raise


def _caller(request: ApiRequest) -> Caller:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _api_user(secret.strip(), request)
    return _account_keys(request)


def _api_user(secret: str, request: ApiRequest) -> Caller:
    key = reads.find("api_user", secret, request.now)
    if key is None or key.api_user is None or not _in_force(key, request):
        raise Unauthenticated(
            _("No API user is known by this secret."),
            _("An owner or admin of the account can make a new secret under Settings, API."),
            _("Send it as “Authorization: Bearer …”."),
        )
    return Caller(reads.principal_of(key.api_user), key.account, (key,))


def _in_force(key: ApiKey, request: ApiRequest) -> bool:
    user = key.api_user
    return user is not None and user.withdrawn_at is None and (user.ends_at is None or user.ends_at > request.now)


def _account_keys(request: ApiRequest) -> Caller:
    token, web_key = request.headers.get("X-Access-Token", ""), request.headers.get("X-Web-Key", "")
    if making.is_dummy(token) or making.is_dummy(web_key):
        raise dummy()
    if not token or not web_key:
        raise Unauthenticated(
            _("This call brings no credentials."),
            next=_("Send the headers X-Access-Token and X-Web-Key, or the secret of an API user."),
        )
    of_token = reads.find("access_token", token.strip(), request.now)
    of_web_key = reads.find("web_key", web_key.strip(), request.now)
    if of_token is None or of_web_key is None:
        wrong = "X-Access-Token" if of_token is None else "X-Web-Key"
        raise Unauthenticated(
            _("The {header} is not known.").format(header=wrong),
            _("An owner or admin finds it under Settings, API."),
            _("Copy it anew; it may have been replaced."),
        )
    account = of_web_key.account
    if not account.path.startswith(of_token.account.path):
        raise Refused(
            _("This Web Key belongs to an account outside the enterprise of this access token."),
            _("The enterprise's owner has the token that fits."),
            reason="keys.outside",
        )
    return Caller(principal_of(account), account, (of_token, of_web_key))


def dummy() -> Unauthenticated:
    """The hint of R082, in the words of the users' own instructions."""
    return Unauthenticated(
        _("The Web Key and the X Access Token are still the dummy tokens."),
        next=_(
            "Copy the Web Key and the X Access Token from Settings, API, and paste them in place of the dummy keys."
        ),
        code="keys.dummy",
    )


def principal_of(account: Account) -> Principal:
    """An account's own keys: every endpoint, in this account only, so that locks from above hold."""
    granted = facts.grant("api", account.pk, extra=[endpoint.name for endpoint in reads.endpoints()])
    return Principal("api", f"account:{account.pk}", f"API of {account.name}", grants=(granted,), addresses=ANYWHERE)


def _stand(request: ApiRequest, caller: Caller, place: Place) -> None:
    request.principal, request.account, request.place = caller.principal, caller.account, place
    request.via = Via("api", request.ip or UNKNOWN_ADDRESS, "secret")
    request.actor = Actor("api", caller.principal.id, caller.principal.label, ip=request.ip)
