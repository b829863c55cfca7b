"""OAuth 2 without a wire and without a database: when a token ends, what is asked for a new one, what the answer means.

The production store and the author's kit decide by these same functions. What an answer *leads to* is
:mod:`hub.dispatch.renewal`'s.

A refresh may be as irreversible as a parcel: a provider that rotates refresh tokens takes a second use of the old one for theft
and ends the whole grant. So the answers are sorted by the question that also rules the steps: can it have happened?
"""

from __future__ import annotations

import base64
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from hub.core import redact
from hub.core.auth import Consent, OAuth2
from hub.dispatch.backoff import retry_after
from hub.dispatch.classify import message
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.requests import FrozenRequest

TOKEN_SECONDS = 20.0
"""For one exchange with a token endpoint."""

MOST_BYTES = 64 * 1024
"""Of its answer. Real ones have some thousand."""

LONGEST_TOKEN = 16 * 1024
"""Characters of one token; it must fit into a header."""

LONGEST_NAME = 254
"""Characters of an account's name: those of a mail address."""

EARLY = timedelta(minutes=2)
"""How long before its end a token is renewed: longer than any call with it takes."""

EARLY_PART = 10
"""And at most this part of its life, for providers whose tokens live for a minute."""

FRESH = timedelta(minutes=5)
"""A token that is refused so soon after it was given (or in the first half of its life) is not old: another one would be
refused too."""

LONGEST_LIFE = timedelta(days=3650)
"""What a provider says beyond this is taken for a slip."""

NOT_A_RIGHT = frozenset({"offline_access", "openid", "profile", "email"})
"""Scopes that steer the protocol, or what is said of a person. Providers do not list them among what they granted, or under other
names."""


@dataclass(frozen=True, slots=True)
class Client:
    """Whose app signs in. The secret is empty for an app that has none; PKCE then stands alone."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in is worth.

    Attributes:
        expires_at: when the access token ends; None when the provider does not say.
        scopes: what was granted; empty when the provider does not say, which means what was asked for.
        rotates: the provider gives a new refresh token each time, or it is not known that it does not.
        claims: what its ``id_token`` says of whoever signed in; empty where none came. It came from the token endpoint itself, by
            TLS, which stands for its signature (OpenID Connect, 3.1.3.7). Kept nowhere.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    rotates: bool = True
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def near_end(self, now: datetime) -> bool:
        """Whether to renew before the next call. What cannot be renewed is used up to its end."""
        if self.expires_at is None:
            return False
        early = min(EARLY, (self.expires_at - self.obtained_at) / EARLY_PART) if self.refresh else timedelta(0)
        return now >= self.expires_at - early

    def ended(self, now: datetime) -> bool:
        """Whether it is over."""
        return self.expires_at is not None and now >= self.expires_at

    def fresh(self, now: datetime) -> bool:
        """Whether it was given so lately that a refusal cannot be its age."""
        life = self.expires_at - self.obtained_at if self.expires_at else FRESH * 2
        return now - self.obtained_at < min(FRESH, life / 2)


class Trouble(StrEnum):
    """Why there is no token."""

    LATER = "later"
    """Nothing was given and nothing used up; the same question may be asked again."""
    UNSURE = "unsure"
    """The provider may have given a token that never arrived."""
    SIGN_IN = "sign_in"
    """The grant is over: a person signs in again."""
    CLIENT = "client"
    """Client id or secret, or what the app may ask for: an admin mends it."""


@dataclass(frozen=True, slots=True)
class NoToken:
    """What came instead of a token.

    Attributes:
        said: what happened, in a few words, the provider's own among them; without secrets.
        code: the error's name in OAuth 2, where the provider gave one.
        seconds: how long it wants to be left alone.
        ours: the app is the installation's own, so that an operator mends it and no admin can.
    """

    trouble: Trouble
    said: str
    code: str = ""
    seconds: float | None = None
    ours: bool = False


MEANINGS: dict[str, Trouble] = {
    "invalid_grant": Trouble.SIGN_IN, "invalid_scope": Trouble.SIGN_IN, "access_denied": Trouble.SIGN_IN,
    "interaction_required": Trouble.SIGN_IN, "login_required": Trouble.SIGN_IN, "consent_required": Trouble.SIGN_IN,
    "invalid_client": Trouble.CLIENT, "unauthorized_client": Trouble.CLIENT, "invalid_request": Trouble.CLIENT,
    "unsupported_grant_type": Trouble.CLIENT,
    "temporarily_unavailable": Trouble.LATER, "slow_down": Trouble.LATER, "server_error": Trouble.UNSURE,
}  # fmt: skip
"""Error code (RFC 6749, OpenID Connect) → trouble. One that is not here is the app's matter, unless the provider is down."""


# --- asking -------------------------------------------------------------------------------------------------------


def question(auth: OAuth2, address: str, client: Client, form: Mapping[str, str]) -> FrozenRequest:
    """The request to a token or revocation endpoint."""
    redact.register(
        client.secret, *(form.get(name, "") for name in ("code", "code_verifier", "refresh_token", "token"))
    )
    headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    if auth.client_auth == "basic" and client.secret:
        headers.append(("Authorization", "Basic " + _basic(client)))
        fields = dict(form)
    else:
        own = {"client_id": client.id, "client_secret": client.secret}
        fields = {**form, **{name: value for name, value in own.items() if value}}
    return FrozenRequest("POST", address, tuple(headers), urlencode(fields).encode())


def refresh_form(tokens: Tokens) -> dict[str, str]:
    """What is asked when a token is renewed."""
    return {"grant_type": "refresh_token", "refresh_token": tokens.refresh}


def _basic(client: Client) -> str:
    """Both halves are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
    coded = base64.b64encode(pair.encode()).decode()
    redact.register(coded)
    return coded


# --- reading ------------------------------------------------------------------------------------------------------


def read(result: Exchange, now: datetime, before: Tokens | None = None) -> Tokens | NoToken:
    """What a token endpoint's answer means.

    Args:
        before: the tokens that were to be renewed; None when a code was exchanged.
    """
    if isinstance(result, NeverLeft):
        return NoToken(Trouble.LATER, result.reason)
    if isinstance(result, Lost):
        return NoToken(Trouble.UNSURE, result.reason)
    data = _object(result)
    if 200 <= result.status < 300 and "error" not in data:
        return _given(data, now, before) or NoToken(Trouble.UNSURE, "its answer could not be read")
    return _refused(result, data, now)


def missing(wanted: Iterable[str], tokens: Tokens) -> tuple[str, ...]:
    """Scopes that were asked for and not granted."""
    granted = {scope.casefold() for scope in tokens.scopes}
    return tuple(one for one in wanted if one not in NOT_A_RIGHT and granted and not _is_in(granted, one.casefold()))


def _is_in(granted: Container[str], scope: str) -> bool:
    """A provider may leave its own address out of what it granted: ``Mail.Send`` for ``https://graph.microsoft.com/Mail.Send``."""
    return scope in granted or scope.rpartition("/")[2] in granted


def _object(result: Answered) -> dict[str, Any]:
    if result.cut:
        return {}
    try:
        data = json.loads(result.content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _given(data: Mapping[str, Any], now: datetime, before: Tokens | None) -> Tokens | None:
    access, refresh = _token(data.get("access_token")), _token(data.get("refresh_token"))
    if not access or str(data.get("token_type") or "bearer").casefold() != "bearer":
        return None
    redact.register(access, refresh)
    kept = refresh or (before.refresh if before else "")
    return Tokens(
        access, kept, now, _end(data.get("expires_in"), now), _scopes(data.get("scope"), before),
        rotates=before is None or (bool(refresh) and refresh != before.refresh), claims=_claims(data.get("id_token")),
    )  # fmt: skip


def _token(value: Any) -> str:
    """A text that may stand in a header, or nothing."""
    fits = isinstance(value, str) and len(value) <= LONGEST_TOKEN and value.isascii() and value.isprintable()
    return value if fits and " " not in value else ""


def _claims(value: Any) -> Mapping[str, Any]:
    """The middle of a JWT. What cannot be read says nothing."""
    parts = value.split(".") if isinstance(value, str) and len(value) <= LONGEST_TOKEN else []
    if len(parts) != 3:
        return {}
    redact.register(value)
    try:
        data = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def who_signed_in(auth: OAuth2, tokens: Tokens, client: Client) -> tuple[str, ...]:
    """The account's names, by the provider's own word: nothing where it was said to another app, or by somebody else."""
    claims = tokens.claims
    told = claims.get("aud")
    issuer = str(claims.get("iss", ""))
    ours = client.id in told if isinstance(told, list) else told == client.id
    from_it = not auth.issuer or issuer.removeprefix("https://") == auth.issuer.removeprefix("https://")
    if not (ours and from_it) or claims.get("email_verified") in (False, "false"):
        return ()
    return tuple(
        name for claim in auth.claims if isinstance(name := claims.get(claim), str) and 0 < len(name) <= LONGEST_NAME
    )


def allowed(consents: Iterable[Consent], scopes: Iterable[str]) -> tuple[str, ...]:
    """The names of those consents whose scopes were all granted."""
    granted = {scope.casefold() for scope in scopes}
    return tuple(one.name for one in consents if all(scope.casefold() in granted for scope in one.scopes))


def _end(value: Any, now: datetime) -> datetime | None:
    """Some providers write the number as a text. What is none, or not more than nothing, says nothing."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return now + timedelta(seconds=seconds) if 0 < seconds <= LONGEST_LIFE.total_seconds() else None


def _scopes(value: Any, before: Tokens | None) -> tuple[str, ...]:
    """Separated by spaces as the papers say, or by commas as some do. Nothing said: as before."""
    if not isinstance(value, str) or not value.strip():
        return before.scopes if before else ()
    return tuple(dict.fromkeys(value[:LONGEST_TOKEN].replace(",", " ").split()))


def _refused(result: Answered, data: Mapping[str, Any], now: datetime) -> NoToken:
    code = data.get("error")
    code = code if isinstance(code, str) and len(code) < 60 and code.isascii() and code.isprintable() else ""
    code = redact.text(code)
    said = " ".join(part for part in (f"it answered {result.status}", f"({message(result)})" if data else "") if part)
    return NoToken(_trouble(result.status, code), said, code, _seconds(result, now))


def _trouble(status: int, code: str) -> Trouble:
    if code in MEANINGS:
        return MEANINGS[code]
    if status == 429:
        return Trouble.LATER
    if status >= 500:
        return Trouble.UNSURE
    return Trouble.CLIENT if code or status == 401 else Trouble.LATER


def _seconds(result: Answered, now: datetime) -> float | None:
    asked = retry_after(result.headers.get("retry-after"), now)
    return asked.total_seconds() if asked else None
