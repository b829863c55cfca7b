"""The vendor's own sign-in, played: a page with two buttons, codes for one use, tokens that end, refresh tokens that rotate.

It is as strict as the strictest provider: PKCE is asked for, a code and a refresh token are good once, and a second use of either
ends everything that came of the same sign-in. It counts, so that a test can say how often the hub really asked.

A client secret that begins with ``wrong`` is refused; any other app is welcome.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from hub.core.auth import OAuth2
from hub.testing.deeds import Hangup
from hub.testing.faults import Fault
from hub.testing.wire import Reply, answered

LASTS = timedelta(hours=1)
"""The life of an access token."""

FORM = "application/x-www-form-urlencoded"


@dataclass
class Family:
    """All tokens of one sign-in."""

    scopes: tuple[str, ...]
    client_id: str
    refresh: str = ""
    ended: bool = False
    who: str = ""


@dataclass(frozen=True)
class Code:
    """What the page gave."""

    challenge: str
    redirect_uri: str
    family: Family


@dataclass
class AuthorizationServer:
    """One vendor's sign-in.

    Attributes:
        lasts: the life of an access token; None does not say it and has it end only when told.
        rotates: each renewal gives another refresh token.
        allowed: scopes that are granted whatever is asked; None grants all.
        renewed, reused: how often tokens were renewed; how often one that was used up came again.
        who: whoever presses *Allow*, where the sign-in asks who it is; empty: whom the app asked for.
        given: every token, code and secret it has seen or made, to be looked for where none should be.
    """

    auth: OAuth2
    wall: Callable[[], datetime]
    lasts: timedelta | None = LASTS
    rotates: bool = True
    allowed: tuple[str, ...] | None = None
    renewed: int = 0
    reused: int = 0
    given: list[str] = field(default_factory=list)
    who: str = ""
    _codes: dict[str, Code] = field(default_factory=dict)
    _used: dict[str, Family] = field(default_factory=dict)
    _refresh: dict[str, Family] = field(default_factory=dict)
    _access: dict[str, tuple[Family, datetime | None]] = field(default_factory=dict)
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.rotates = self.rotates and self.auth.rotates

    # --- for tests ---------------------------------------------------------------------------------------------

    def fail(self, *faults: Fault) -> None:
        """The token endpoint meets these troubles, one a call."""
        self._faults += faults

    def forget(self) -> None:
        """Nobody ever signed in."""
        with self._lock:
            for kept in (self._codes, self._used, self._refresh, self._access, self._faults, self.given):
                kept.clear()
            self.lasts, self.allowed, self.renewed, self.reused = LASTS, None, 0, 0
            self.rotates = self.auth.rotates
            self.who = ""

    def signed_in(self, client_id: str = "client") -> dict[str, Any]:
        """The tokens of a new sign-in, as the token endpoint would answer."""
        with self._lock:
            return self._tokens(Family(self.auth.scopes, client_id))

    def end_tokens(self) -> None:
        """Every access token ends now, whatever was said of its life."""
        with self._lock:
            self._access = {token: (family, self.wall()) for token, (family, _) in self._access.items()}

    def end_sign_ins(self) -> None:
        """Somebody has taken the app's access away at the vendor."""
        with self._lock:
            for family in (*self._refresh.values(), *(one for one, _ in self._access.values())):
                family.ended = True

    @property
    def alive(self) -> int:
        """Sign-ins that can still be renewed."""
        return sum(not family.ended for family in {id(one): one for one in self._refresh.values()}.values())

    # --- the vendor's side -------------------------------------------------------------------------------------

    def refuses(self, access: str) -> bool:
        """Whether an access token of ours is over. What was never given here is somebody else's to judge."""
        found = self._access.get(access)
        if found is None:
            return False
        family, end = found
        return family.ended or (end is not None and self.wall() >= end)

    def handles(self, path: str) -> bool:
        """Whether an address is the sign-in's."""
        return path in [
            urlsplit(url).path for url in (self.auth.authorize_url, self.auth.token_url, self.auth.revoke_url) if url
        ]

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Play one call.

        Raises:
            Hangup: the vendor hangs up.
        """
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        with self._lock:
            if path == urlsplit(self.auth.authorize_url).path:
                return self._page(query) if method == "GET" else self._decided(form)
            if path == urlsplit(self.auth.token_url).path:
                return self._troubled(lambda: self._token(form, headers))
            return self._revoke(form)

    def _troubled(self, answer: Callable[[], Reply]) -> Reply:
        fault = self._faults.pop(0) if self._faults else None
        if fault is None:
            return answer()
        reply = answer() if fault.acts else answered(200, {})
        if fault.hangs_up:
            raise Hangup(fault.name, fault.how)
        body = reply.body if fault.body is None else fault.body
        body = body[: int(len(body) * fault.cut)]
        return Reply(
            fault.status or reply.status, {**reply.headers, **fault.headers}, body, fault.seconds, fault.ending
        )

    # --- the page ----------------------------------------------------------------------------------------------

    def _page(self, query: Mapping[str, str]) -> Reply:
        wrong = _wrong(query)
        if wrong:
            return _html(f"<h1>{html.escape(wrong)}</h1>", 400)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in query.items()
        )
        wanted = "".join(f"<li>{html.escape(scope)}</li>" for scope in query.get("scope", "").split())
        return _html(
            f"<h1>Allow this app?</h1><p>It asks to act for you:</p><ul>{wanted}</ul><form method='post'>{hidden}"
            "<button name='decision' value='allow'>Allow</button> <button name='decision' value='less'>Allow less</button> "
            "<button name='decision' value='deny'>Do not allow</button></form>"
        )

    def _decided(self, form: Mapping[str, str]) -> Reply:
        wrong = _wrong(form)
        if wrong:
            return _html(f"<h1>{html.escape(wrong)}</h1>", 400)
        back = {"state": form.get("state", ""), "iss": self._issuer()}
        if form.get("decision") == "deny":
            return _redirect(form["redirect_uri"], {**back, "error": "access_denied"})
        asked = tuple(form.get("scope", "").split())
        scopes = asked[:-1] if form.get("decision") == "less" else asked
        code = self._made("code")
        family = Family(scopes, form["client_id"], who=self.who or form.get("login_hint", ""))
        self._codes[code] = Code(form["code_challenge"], form["redirect_uri"], family)
        return _redirect(form["redirect_uri"], {**back, "code": code})

    def _issuer(self) -> str:
        parts = urlsplit(self.auth.authorize_url)
        return self.auth.issuer or f"{parts.scheme}://{parts.netloc}"

    # --- tokens ------------------------------------------------------------------------------------------------

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        client_id, secret = _client(form, headers)
        if not client_id or secret.startswith("wrong"):
            return _error("invalid_client", "The client id or secret is wrong.", 401)
        if form.get("grant_type") == "authorization_code":
            return self._for_code(form, client_id)
        if form.get("grant_type") == "refresh_token":
            return self._for_refresh(form.get("refresh_token", ""), client_id)
        return _error("unsupported_grant_type", "")

    def _for_code(self, form: Mapping[str, str], client_id: str) -> Reply:
        code = form.get("code", "")
        if code in self._used:
            self._used[code].ended = True
            self.reused += 1
            return _error("invalid_grant", "The code was used before.")
        found = self._codes.pop(code, None)
        if found is None or found.family.client_id != client_id or found.redirect_uri != form.get("redirect_uri"):
            return _error("invalid_grant", "The code is not this app's.")
        self._used[code] = found.family
        if _challenge(form.get("code_verifier", "")) != found.challenge:
            return _error("invalid_grant", "The code verifier does not fit.")
        return answered(200, self._tokens(found.family))

    def _for_refresh(self, token: str, client_id: str) -> Reply:
        family = self._refresh.get(token)
        if family is None or family.ended or family.client_id != client_id:
            return _error("invalid_grant", "The refresh token is not known, or the sign-in has ended.")
        if self.rotates and token != family.refresh:
            family.ended = True
            self.reused += 1
            return _error("invalid_grant", "The refresh token was used before.")
        self.renewed += 1
        return answered(200, self._tokens(family))

    def _tokens(self, family: Family) -> dict[str, Any]:
        access = self._made("access")
        self._access[access] = (family, self.wall() + self.lasts if self.lasts else None)
        told: dict[str, Any] = {"access_token": access, "token_type": "Bearer"}
        if self.rotates or not family.refresh:
            family.refresh = told["refresh_token"] = self._made("refresh")
            self._refresh[family.refresh] = family
        scopes = family.scopes if self.allowed is None else self.allowed
        return {
            **told,
            **({"expires_in": int(self.lasts.total_seconds())} if self.lasts else {}),
            **({"id_token": self._id_token(family)} if "openid" in family.scopes else {}),
            "scope": " ".join(scopes),
        }

    def _id_token(self, family: Family) -> str:
        """Who it is, for this app. Nobody looks at its signature, for it comes from the token endpoint itself."""
        who = dict.fromkeys(self.auth.claims, family.who) if family.who else {}
        said = {"iss": self._issuer(), "aud": family.client_id, **who}
        parts = (json.dumps(part).encode() for part in ({"alg": "none"}, said, {"canary": "id-token-7Q4711"}))
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self.given.append(token)
        return token

    def _revoke(self, form: Mapping[str, str]) -> Reply:
        token = form.get("token", "")
        family = self._refresh.get(token) or self._access.get(token, (None, None))[0]
        if family is not None:
            family.ended = True
        return Reply(200)

    def _made(self, kind: str) -> str:
        token = f"canary-{kind}-{len(self.given) + 1}-7Q4711"
        self.given.append(token)
        return token


def _wrong(asked: Mapping[str, str]) -> str:
    """What the page says to an app that does not ask as it should."""
    if asked.get("response_type") != "code" or not asked.get("client_id"):
        return "The app did not say who it is, or what it wants."
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return "The app did not bring a code challenge."
    return (
        ""
        if asked.get("redirect_uri", "").startswith(("http://", "https://"))
        else "The app did not say where to go back to."
    )


def _client(form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    coded = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    if coded.startswith("Basic "):
        id_, _, secret = base64.b64decode(coded[6:]).decode().partition(":")
        return unquote(id_), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _error(code: str, words: str, status: int = 400) -> Reply:
    return answered(status, {"error": code, "error_description": words})


def _redirect(to: str, parameters: Mapping[str, str]) -> Reply:
    return Reply(302, {"Location": f"{to}{'&' if '?' in to else '?'}{urlencode(parameters)}"})


def _html(body: str, status: int = 200) -> Reply:
    head = "<head><meta charset='utf-8'><title>The vendor</title></head>"
    page = f"<!doctype html><html lang='en'>{head}<body>{body}</body></html>"
    return Reply(status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
