"""Credentials: how a request proves whose it is.

Each kind knows which settings fields it needs, how it signs a request, and (by being declared) what must be redacted. The
secrets themselves arrive decrypted for one call and are kept nowhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from pydantic import SecretStr

from hub.core.errors import DeclarationError
from hub.core.headers import check_header


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

    def __post_init__(self) -> None:
        check_header(self.header, stacklevel=4)

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


OURS_TO_SAY = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "login_hint",
    }
)
"""Parameters of a sign-in that only the host writes."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Something more that may be allowed at sign-in: asked for by a button of its own, and only of those who want it.

    What was not allowed is no fault of the sign-in; the plugin meets the provider's refusal and says what cannot be done.

    Args:
        name: in small letters; what the hub keeps.
        title: as the button reads: *Read the answers*.
        scopes: asked for on top of the sign-in's own.
        help: a sentence beside the button.
    """

    name: str
    title: str
    scopes: tuple[str, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """OAuth 2 with PKCE, as data: the host signs in, stores and refreshes; the plugin only names the addresses.

    Args:
        authorize_url, token_url, revoke_url: the provider's endpoints, each ``https://``.
        scopes: asked for at sign-in; what is granted is checked.
        field: the settings field that holds the access token. The host fills it; no form shows it.
        client_field, secret_field: the settings fields with the account's own client id and secret. A form that has neither
            uses the installation's own (``HUB_OAUTH_CLIENTS``).
        audience: ``account`` or ``user``: who signs in.
        issuer: who the provider says it is (RFC 9207), where its papers tell; else it must speak from the host of
            ``authorize_url``, if it says it at all.
        parameters: what else the provider wants in the address of its sign-in page, such as ``("access_type", "offline")``.
        client_auth: ``post`` sends client id and secret in the form, ``basic`` in the ``Authorization`` header.
        consents: what may be allowed on top.
        account_field: the settings field that says whose account it must be, such as ``address``. Whoever signs in with another
            is told so, and nothing is kept. It needs ``openid`` among the scopes, for the provider's own word is believed alone.
        claims: where the provider names the account in its ``id_token``; one of them must be the field's.
        rotates: False for a provider that says that its refresh tokens stay the same: a renewal whose answer was lost is then
            asked for again. Otherwise it is found out, and until then taken for granted.
        success: what is said when somebody has signed in, instead of the hub's own words.
        approval_url: where an administrator of the customer's own organisation allows the app; ``{client_id}`` stands for it.
        approval_words: words in the provider's *no* that say that such an administrator must allow it first.

    Raises:
        DeclarationError: an address is not ``https://``, ``parameters`` name what is the host's to say, two consents have one
            name, ``account_field`` is without ``openid``, or one of ``approval_url`` and ``approval_words`` is without the other.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    revoke_url: str = ""
    field: str = "access_token"
    client_field: str = "client_id"
    secret_field: str = "client_secret"
    audience: Literal["account", "user"] = "account"
    issuer: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    client_auth: Literal["post", "basic"] = "post"
    consents: tuple[Consent, ...] = ()
    account_field: str = ""
    claims: tuple[str, ...] = ("email",)
    success: str = ""
    approval_url: str = ""
    approval_words: tuple[str, ...] = ()
    rotates: bool = True

    def __post_init__(self) -> None:
        for url in (self.authorize_url, self.token_url, self.revoke_url, self.approval_url):
            if url and not url.startswith("https://"):
                raise DeclarationError(f"{url!r} is no address for OAuth 2; write one that begins with https://")
        ours = [name for name, _ in self.parameters if name in OURS_TO_SAY]
        if ours:
            raise DeclarationError(f"{', '.join(ours)} is for the host to say; take it out of OAuth2(parameters=…)")
        names = [consent.name for consent in self.consents]
        if len(set(names)) < len(names):
            raise DeclarationError("two of OAuth2(consents=…) have one name")
        if self.account_field and "openid" not in self.scopes:
            raise DeclarationError("OAuth2(account_field=…) needs the scope openid, or nobody says whose account it is")
        if bool(self.approval_url) != bool(self.approval_words):
            raise DeclarationError("OAuth2(approval_url=…) and approval_words=… belong together")

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    @property
    def url_is_secret(self) -> bool:
        return False

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that client secret and tokens go to."""
        urls = (self.token_url, self.revoke_url)
        return frozenset(host for url in urls if (host := urlsplit(url).hostname))

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
