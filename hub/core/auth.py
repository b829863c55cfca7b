"""Credentials: how a request proves whose it is.

Each kind knows which settings fields it needs, how it signs a request, and (by being declared) what must be redacted. The
secrets themselves arrive decrypted for one call and are kept nowhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Signed:
    """What a credential adds to a request: headers and query parameters."""

    headers: Mapping[str, str]
    query: Mapping[str, str]


@runtime_checkable
class Auth(Protocol):
    """A kind of credential."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The settings fields it reads."""

    @property
    def url_is_secret(self) -> bool:
        """Whether the URL carries the credential, so that it must never be shown whole."""

    def sign(self, settings: Any) -> Signed:
        """What to add to a request of this connection."""


def reveal(settings: Any, field: str) -> str:
    """The plain text of a settings field, secret or not. Empty when unset."""
    value = getattr(settings, field, "")
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


@dataclass(frozen=True, slots=True)
class NoAuth:
    """The vendor asks for nothing."""

    @property
    def fields(self) -> tuple[str, ...]:
        return ()

    @property
    def url_is_secret(self) -> bool:
        return False

    def sign(self, settings: Any) -> Signed:
        return Signed({}, {})


@dataclass(frozen=True, slots=True)
class HeaderKey:
    """A key in a header.

    Args:
        header: its name.
        field: the settings field that holds the key.
        prefix: what stands before the key, such as ``"Bearer "``.
    """

    header: str
    field: str
    prefix: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    @property
    def url_is_secret(self) -> bool:
        return False

    def sign(self, settings: Any) -> Signed:
        return Signed({self.header: self.prefix + reveal(settings, self.field)}, {})


@dataclass(frozen=True, slots=True)
class QueryKey:
    """Keys in the query string, also of writes (ClubReady). Whole URLs are then treated as secrets.

    Args:
        parameters: parameter name → settings field.
    """

    parameters: Mapping[str, str]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.parameters.values())

    @property
    def url_is_secret(self) -> bool:
        return True

    def sign(self, settings: Any) -> Signed:
        return Signed({}, {name: reveal(settings, field) for name, field in self.parameters.items()})


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic: user name and password from two settings fields."""

    user: str
    password: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.user, self.password)

    @property
    def url_is_secret(self) -> bool:
        return False

    def sign(self, settings: Any) -> Signed:
        pair = f"{reveal(settings, self.user)}:{reveal(settings, self.password)}"
        return Signed({"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {})


@dataclass(frozen=True, slots=True)
class OAuth2:
    """OAuth 2 with PKCE, as data: the host signs in, stores and refreshes; the plugin only names the addresses.

    Args:
        authorize_url, token_url, revoke_url: the provider's endpoints.
        scopes: asked for at sign-in; what is granted is checked.
        field: the settings field that holds the access token.
        client_field, secret_field: the settings fields with the installation's own client id and secret.
        audience: ``account`` or ``user``: who signs in.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    revoke_url: str = ""
    field: str = "access_token"
    client_field: str = "client_id"
    secret_field: str = "client_secret"
    audience: Literal["account", "user"] = "account"

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    @property
    def url_is_secret(self) -> bool:
        return False

    def sign(self, settings: Any) -> Signed:
        return Signed({"Authorization": "Bearer " + reveal(settings, self.field)}, {})


@dataclass(frozen=True, slots=True)
class MailboxLogin:
    """A mail login: address and app password, used by SMTP and IMAP rather than by HTTP."""

    user: str = "address"
    password: str = "password"

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.user, self.password)

    @property
    def url_is_secret(self) -> bool:
        return False

    def sign(self, settings: Any) -> Signed:
        return Signed({}, {})
