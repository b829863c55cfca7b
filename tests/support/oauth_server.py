"""A vendor on loopback with its own sign-in page: the kit's simulator behind a real socket, and somebody who presses its buttons.

::

    with harbour_world() as world:
        ...                                     # Harbour is installed, catalogued and reachable
        back = visit(address, "allow")          # the path and query with which the vendor sends the browser back
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.testing.authorization import AuthorizationServer
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from tests.support import harbour

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
APP = {"client_id": "app-1", "client_secret": "app-secret-7Q4711"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass
class Harbour:
    """What a test touches.

    Attributes:
        clock: the virtual time, the vendor's too.
    """

    account: Any
    vendor: Simulator
    server: SimulatorServer
    outside: Outside
    clock: Any

    @property
    def sign_ins(self) -> AuthorizationServer:
        """The vendor's own sign-in."""
        assert self.vendor.authorization is not None
        return self.vendor.authorization

    @property
    def connection(self) -> Any:
        from hub.addons.models import Connection

        return Connection.objects.get(account=self.account, addon="harbour")

    @property
    def grant(self) -> Any:
        from hub.addons.models import OAuthGrant

        return OAuthGrant.objects.get(connection=self.connection)

    def sign_in(self) -> None:
        """Somebody signed in, and nobody asks how."""
        import json

        from django.db import transaction

        from hub.addons.oauth import changes
        from hub.audit.actor import SYSTEM
        from hub.dispatch import grants
        from hub.dispatch.exchange import Answered

        answer = json.dumps(self.sign_ins.signed_in(APP["client_id"])).encode()
        tokens = grants.read(Answered(200, {}, answer), self.clock.now())
        assert isinstance(tokens, grants.Tokens)
        with transaction.atomic():
            changes.sign_in(self.connection, tokens, by=SYSTEM)


@contextmanager
def harbour_world(more_addons: tuple[Any, ...] = ()) -> Iterator[Harbour]:
    """Harbour switched on in an account, its app entered; nobody is signed in yet."""
    from django.db import transaction

    import hub.steps
    from hub.addons import catalog, installed
    from hub.core import registry as registries
    from hub.db import clock
    from hub.plans import loading
    from tests.support.people import make_account

    loading.forget()
    time = clock.VirtualClock(MONDAY)
    found = registries.from_objects([harbour.addon, hub.steps.addon, *more_addons])
    assert not found.troubles, found.troubles
    vendor = Simulator(found.plugins["harbour"].info, harbour.simulation, wall=time.now)
    with clock.use(time), SimulatorServer(vendor) as server:
        outside = Outside(Egress.of([server.address]), server.urls)
        with installed.use(found), installed.use_outside(outside):
            with transaction.atomic():
                catalog.sync(found)
                account = make_account("Northside")
                switch_on(account)
            try:
                yield Harbour(account, vendor, server, outside, time)
            finally:
                outside.close()
    loading.forget()


def switch_on(account: Any, **more: Any) -> None:
    """As an operator and an admin do."""
    from hub.addons import changes
    from hub.audit.actor import SYSTEM

    changes.make_available(account, "harbour", by=SYSTEM)
    changes.enable(account, "harbour", by=SYSTEM)
    changes.save_settings(account, "harbour", {**APP, "berth": "b1", **more}, by=SYSTEM)


def visit(address: str, decision: str = "allow") -> str:
    """Press a button on the vendor's page. Returns where the browser is sent: path and query.

    The vendor is on loopback without TLS; to read every authority's certificate first costs more than all the rest.
    """
    page = httpx.get(address, verify=False, timeout=60)
    assert page.status_code == 200, page.text
    fields = {html.unescape(name): html.unescape(value) for name, value in HIDDEN.findall(page.text)}
    answer = httpx.post(address.partition("?")[0], data={**fields, "decision": decision}, verify=False, timeout=60)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}"
