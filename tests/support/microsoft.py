"""A Microsoft on loopback: its sign-in with its own words, and Graph behind a real socket.

What differs from the kit's strict provider is what Microsoft's papers say: a refresh token is replaced at every use and the
old one goes on working; scopes come back without ``offline_access``; errors carry an AADSTS number; many organisations answer
a user who signs in that an administrator must approve first::

    with microsoft_world() as world:
        ...                                     # Outlook is installed, switched on, its address typed, its app known
        back = visit(address, "approval")       # the person at Microsoft's page finds that an administrator must allow it
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.core.auth import OAuth2
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.testing.authorization import AuthorizationServer, Family, _error, _html, _redirect
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from hub.testing.wire import Reply

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
APP = ("app-outlook", "app-secret-7Q4711")
ADDRESS = "ada@contoso.example"

AADSTS: Mapping[int, tuple[int, str, str]] = {
    70008: (400, "invalid_grant", "The refresh token has expired due to inactivity."),
    700082: (400, "invalid_grant", "The refresh token has expired due to inactivity. It was inactive for 90.00:00:00."),
    50173: (400, "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    50076: (400, "invalid_grant", "Due to a configuration change made by your administrator you must use multi-factor."),
    50158: (400, "interaction_required", "External security challenge was not satisfied."),
    70000: (400, "invalid_grant", "The provided value for the input parameter 'refresh_token' is not valid."),
    65001: (400, "invalid_grant", "The user or administrator has not consented to use the application."),
    7000222: (401, "invalid_client", "The provided client secret keys for app are expired."),
    7000215: (401, "invalid_client", "Invalid client secret provided."),
    700016: (400, "unauthorized_client", "Application was not found in the directory."),
    90033: (503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
}  # fmt: skip
"""Number → status, OAuth 2's word, Microsoft's words (facts, 1.3)."""

NEEDS_APPROVAL = (
    "AADSTS90094: An administrator of Contoso has set a policy that prevents you from granting the hub the permissions it is "
    "requesting."
)
DECLINED = "AADSTS65004: User declined to consent to access the app."


@dataclass
class Entra(AuthorizationServer):
    """The sign-in.

    Attributes:
        says: AADSTS numbers with which the token endpoint answers next, one a call.
    """

    says: list[int] = field(default_factory=list)

    def _page(self, query: Mapping[str, str]) -> Reply:
        """With the button that a user has where an administrator must approve."""
        page = super()._page(query)
        if page.status != 200:
            return page
        more = b"<button name='decision' value='approval'>Return without approval</button></form>"
        return _html(page.body.decode().replace("</form>", more.decode()))

    def _decided(self, form: Mapping[str, str]) -> Reply:
        said = {"approval": ("access_denied", NEEDS_APPROVAL), "deny": ("access_denied", DECLINED)}
        if form.get("decision") not in said:
            return super()._decided(form)
        error, words = said[form["decision"]]
        told = {"error": error, "error_description": words, "state": form.get("state", "")}
        return _redirect(form["redirect_uri"], told)

    def _issuer(self) -> str:
        """Of its own tenant, whatever address was asked."""
        return "https://login.microsoftonline.com/contoso-tenant/v2.0"

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if self.says:
            number = self.says.pop(0)
            status, code, words = AADSTS[number]
            return _error(code, f"AADSTS{number}: {words} Trace ID: 0f-1", status)
        return super()._token(form, headers)

    def _for_refresh(self, token: str, client_id: str) -> Reply:
        """The old ones go on working, so a second use ends nothing."""
        family = self._refresh.get(token)
        if family is not None and not family.ended and family.client_id == client_id:
            family.refresh = token
        return super()._for_refresh(token, client_id)

    def _tokens(self, family: Family) -> dict[str, Any]:
        told = super()._tokens(family)
        granted = [scope for scope in str(told["scope"]).split() if scope not in ("offline_access", "openid")]
        return {**told, "scope": " ".join([*granted, "openid", "profile", "email"]), "ext_expires_in": 3600}


class Microsoft(Simulator):
    """The sign-in and Graph."""

    def __init__(self, info: Any, wall: Any) -> None:
        super().__init__(info, wall=wall)
        assert isinstance(info.auth, OAuth2)
        self.entra = Entra(info.auth, wall)
        self.authorization = self.entra


@dataclass
class World:
    """What a test touches.

    Attributes:
        clock: the virtual time, Microsoft's too.
    """

    account: Any
    microsoft: Microsoft
    outside: Outside
    clock: Any

    @property
    def entra(self) -> Entra:
        return self.microsoft.entra

    @property
    def connection(self) -> Any:
        from hub.addons.models import Connection

        return Connection.objects.get(account=self.account, addon="outlook")

    @property
    def grant(self) -> Any:
        from hub.addons.models import OAuthGrant

        return OAuthGrant.objects.get(connection=self.connection)

    def sent(self) -> list[dict[str, Any]]:
        """What lies in *Sent Items*."""
        from hub_outlook.simulation import SENT

        return self.microsoft.stored(SENT)

    def arrives(self, id_: str, raw: str) -> None:
        """A letter comes into the Inbox, now."""
        from hub_outlook.simulation import INBOX

        moment = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        letter = {"id": id_, "conversationId": f"c-{id_}", "receivedDateTime": moment, "raw": raw}
        self.microsoft.stored(INBOX).append(letter)


@contextmanager
def microsoft_world() -> Iterator[World]:
    """Outlook switched on in an account and its address typed; nobody is signed in yet."""
    from django.db import transaction
    from django.test import override_settings
    from hub_outlook import addon

    import hub.steps.email
    from hub.addons import catalog, installed
    from hub.core import registry as registries
    from hub.db import clock
    from hub.plans import loading
    from tests.support.people import make_account

    loading.forget()
    time = clock.VirtualClock(MONDAY)
    found = registries.from_objects([addon, hub.steps.addon, hub.steps.email.addon])
    assert not found.troubles, found.troubles
    microsoft = Microsoft(found.plugins["outlook"].info, time.now)
    known = override_settings(HUB_OAUTH_CLIENTS={"outlook": APP})
    with known, clock.use(time), SimulatorServer(microsoft) as server:
        outside = Outside(Egress.of([server.address]), server.urls)
        with installed.use(found), installed.use_outside(outside):
            with transaction.atomic():
                catalog.sync(found)
                account = make_account("Northside")
                _switch_on(account)
            try:
                yield World(account, microsoft, outside, time)
            finally:
                outside.close()
    loading.forget()


def _switch_on(account: Any) -> None:
    """As an operator and an admin do."""
    from hub.addons import changes
    from hub.audit.actor import SYSTEM

    changes.make_available(account, "outlook", by=SYSTEM)
    changes.enable(account, "outlook", by=SYSTEM)
    changes.save_settings(account, "outlook", {"address": ADDRESS, "sender_name": "Ada, Engines"}, by=SYSTEM)


def shown(answer: Any) -> str:
    """A page's words."""
    import re

    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))
