"""Sending somebody to the vendor's sign-in page, and knowing them again when they come back.

The state is 256 random bits, good for one use within ten minutes, and only its hash is kept. It is tied to the browser session
and the person that asked, to the account and to the add-on; what comes back to any other is refused. The verifier of PKCE waits
sealed. The address to come back to is made from the installation's own setting, never from what a request says.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from hub.accounts.models import Account
from hub.addons import installed
from hub.addons.models import OAuthState
from hub.addons.oauth import wording
from hub.core import redact
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.db import clock
from hub.dispatch.grants import Client

LIFE = timedelta(minutes=10)
"""How long somebody may take at the vendor's page."""

CALLBACK = "/oauth/callback"
"""Where every vendor sends people back to. One address for the whole installation, so that it is registered once."""

MOST_WAITING = 20
"""Ways out that one session may have open; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody has come back, and is who was sent.

    Attributes:
        for_mailbox: they were sent from Settings → Email (SMTP & IMAP).
        owner: the person whose mailbox it is; None where it is the account's connection.
        settings: what they typed, to be kept when the sign-in holds.
        options: what they chose beside it, in the words of whoever sent them.
    """

    account_id: int
    addon: str
    verifier: str
    client_id: str
    redirect_uri: str
    consents: tuple[str, ...] = ()
    for_mailbox: bool = False
    owner: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def begin(
    account: Account,
    info: AddOnInfo,
    client: Client,
    *,
    session_key: str,
    user_id: int,
    redirect_uri: str,
    consents: Iterable[str] = (),
    account_name: str = "",
    for_mailbox: bool = False,
    owner: int | None = None,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> str:
    """Keep a state, and say where to send the browser.

    Args:
        consents: what is asked for on top.
        account_name: whose account it must be, so that the vendor offers that one.
        for_mailbox, owner, settings, options: of :class:`Returned`.
    """
    auth = info.auth
    assert isinstance(auth, OAuth2)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    session_hash, asked = _hash(session_key), [one for one in auth.consents if one.name in set(consents)]
    _forget_oldest(session_hash)
    OAuthState.objects.create(
        state_hash=_hash(state), session_hash=session_hash, account=account, addon=info.name, user_id=user_id,
        verifier={"verifier": verifier, "settings": dict(settings or {}), "options": dict(options or {})}, client_id=client.id,
        redirect_uri=redirect_uri, ends_at=clock.real_now() + LIFE,
        consents=[one.name for one in asked], for_mailbox=for_mailbox, owner_id=owner,
    )  # fmt: skip
    more = {"login_hint": account_name} if account_name else {}
    more |= {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
    scopes = dict.fromkeys((*auth.scopes, *(scope for one in asked for scope in one.scopes)))
    where = installed.outside().sign_in_url(info, auth.authorize_url)
    return _address(where, client.id, redirect_uri, list(scopes), state, {**dict(auth.parameters), **more})


def _address(
    where: str, client_id: str, redirect_uri: str, scopes: list[str], state: str, more: Mapping[str, str]
) -> str:
    """Where the browser goes, with what is asked for."""
    address: str = prepare_grant_uri(where, client_id, "code", redirect_uri, scopes or None, state, **more)
    return address


def _forget_oldest(session_hash: str) -> None:
    waiting = OAuthState.objects.filter(session_hash=session_hash).order_by("-ends_at")
    OAuthState.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)[MOST_WAITING - 1 :])).delete()


def take(state: str, *, session_key: str, user_id: int) -> Returned:
    """The state that came back, used up.

    Raises:
        Problem: it was never given to this session and this person, is used up, or is too old.
    """
    row = OAuthState.objects.filter(pk=_hash(state)).first() if state else None
    if row is None or not session_key or row.session_hash != _hash(session_key) or row.user_id != user_id:
        raise wording.strange_state()
    gone, _rows = OAuthState.objects.filter(pk=row.pk).delete()
    if not gone:  # somebody was quicker with the very same one
        raise wording.strange_state()
    if row.ends_at <= clock.real_now():
        raise wording.late_state(row.addon)
    sealed = row.verifier.read()
    redact.register(sealed["verifier"])
    return Returned(row.account_id, row.addon, sealed["verifier"], row.client_id, row.redirect_uri,
                    tuple(row.consents), row.for_mailbox, row.owner_id, sealed.get("settings", {}),
                    sealed.get("options", {}))  # fmt: skip


def check_issuer(info: AddOnInfo, given: Mapping[str, str]) -> None:
    """Who says that the code is theirs (RFC 9207)? Where the provider says it, it must be the one we sent people to.

    Raises:
        Problem: another one.
    """
    auth = info.auth
    assert isinstance(auth, OAuth2)
    said = given.get("iss")
    if said is None:
        return
    here = installed.outside().sign_in_url(info, auth.authorize_url)
    at_home = said == auth.issuer if auth.issuer else _origin(said) == _origin(auth.authorize_url)
    elsewhere = here != auth.authorize_url and _origin(said) == _origin(here)  # the operator named another origin
    if not (at_home or elsewhere):
        raise wording.other_issuer(info.title)


def forget_old() -> int:
    """Those who did not come back."""
    gone, _ = OAuthState.objects.filter(ends_at__lte=clock.real_now()).delete()
    return gone


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.netloc.casefold()
    except ValueError:
        return "", url


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
