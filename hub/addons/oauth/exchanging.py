"""What is asked of the vendor when somebody signs in or out: tokens for the code, and the end of a token.

Both go through the process's one way out, with its rules about addresses, without redirects, and with a limit on time and size.
Call them outside of any transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.addons import installed
from hub.addons.oauth import wording
from hub.addons.oauth.starting import Returned
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.db import clock
from hub.dispatch import grants
from hub.dispatch.exchange import Answered, Exchange
from hub.dispatch.grants import Client, NoToken, Tokens

REVOKE_SECONDS = 10.0
"""A person is waiting, and the tokens are wiped already."""


def tokens_for(info: AddOnInfo, client: Client, code: str, returned: Returned, account_name: str = "") -> Tokens:
    """Exchange a code.

    Args:
        account_name: whose account it must be, where the add-on says that it matters.

    Raises:
        Problem: no tokens came, they allow less than the add-on needs, or are another account's; nobody was signed in.
    """
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": returned.redirect_uri,
        "code_verifier": returned.verifier,
    }  # fmt: skip
    auth = _auth(info)
    answer = grants.read(_post(info, auth.token_url, client, form, grants.TOKEN_SECONDS), clock.now())
    if isinstance(answer, NoToken):
        raise wording.no_token(info.title, answer)
    lacking = grants.missing(auth.scopes, answer)
    if lacking:
        raise wording.too_little(info.title, lacking)
    if auth.account_field:
        _check_whose(info, grants.who_signed_in(auth, answer, client), account_name)
    return _as_said(auth, answer, returned)


def _as_said(auth: OAuth2, tokens: Tokens, returned: Returned) -> Tokens:
    """With what the add-on knows of the provider; and where the provider says nothing of scopes, all that was asked for was
    granted (RFC 6749, 5.1)."""
    if not tokens.scopes and returned.consents:
        asked = (scope for one in auth.consents if one.name in returned.consents for scope in one.scopes)
        tokens = replace(tokens, scopes=(*auth.scopes, *asked))
    return tokens if auth.rotates else replace(tokens, rotates=False)


def _check_whose(info: AddOnInfo, names: tuple[str, ...], wanted: str) -> None:
    """What was signed in with another account than the typed one is not kept. It is not ended at the vendor either, for that
    would end every other sign-in of that account to this app."""
    if not names:
        raise wording.nobody_named(info.title)
    if wanted.casefold() not in {name.casefold() for name in names}:
        raise wording.other_account(info.title, names[0], wanted)


def revoke(info: AddOnInfo, client: Client, tokens: Tokens) -> bool | None:
    """Ask the vendor to end the sign-in. None: it offers no way; False: it did not say that it has."""
    auth = _auth(info)
    if not auth.revoke_url:
        return None
    # The refresh token ends the whole grant (RFC 7009, 2.1); the access token alone is worth little without it.
    kind, token = ("refresh_token", tokens.refresh) if tokens.refresh else ("access_token", tokens.access)
    result = _post(info, auth.revoke_url, client, {"token": token, "token_type_hint": kind}, REVOKE_SECONDS)
    return isinstance(result, Answered) and 200 <= result.status < 300


def _post(info: AddOnInfo, url: str, client: Client, form: Mapping[str, str], seconds: float) -> Exchange:
    outside = installed.outside()
    request = grants.question(_auth(info), outside.sign_in_url(info, url), client, form)
    return outside.run(outside.post(request, seconds, grants.MOST_BYTES))


def _auth(info: AddOnInfo) -> OAuth2:
    assert isinstance(info.auth, OAuth2)
    return info.auth
