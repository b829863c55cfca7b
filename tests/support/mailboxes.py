"""An account in which every mailer may be used: Google and Microsoft on loopback, and a mail server of the kit's.

::

    with mailbox_world(settings) as world:
        browser = enter(world.ada)
        world.signs_in(browser, "gmail.mail", "ada@gmail.com")     # type the address, press Sign in, come back
        world.logs_in(browser, "ada@icloud.com")                   # a preset with a password
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.testing.mail import MailServer
from hub.testing.simulator_server import SimulatorServer
from tests.support.google import CLIENT, Google
from tests.support.microsoft import APP, Microsoft
from tests.support.oauth_server import visit

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ICLOUD, CUSTOM, GMAIL, OUTLOOK = "smtp_custom.mail/icloud", "smtp_custom.mail/custom", "gmail.mail", "outlook.mail"
PASSWORD = "abcd-efgh-ijkl"
MAILERS = ("gmail", "outlook", "smtp_custom")


@dataclass
class Mailboxes:
    """What a test touches.

    Attributes:
        ada: an admin of the account; ``grace`` a standard user of it.
    """

    account: Any
    ada: Any
    grace: Any
    google: Google
    microsoft: Microsoft
    post: MailServer
    outside: Outside
    clock: Any

    def at(self, act: str = "", own: bool = False) -> str:
        """An address of one's own mailbox's page, or of the account's."""
        return f"/a/{self.account.pk}/settings/email" + ("/account" if own else "") + (f"/{act}" if act else "")

    def box(self, user: Any = None) -> Any:
        """The mailbox of a person, or the account's own."""
        from hub.mail.models import Mailbox

        return Mailbox.objects.select_related("connection", "user").get(account=self.account, user=user)

    def typed(self, provider: str, **more: Any) -> dict[str, str]:
        """A form as a browser sends it: what does not begin with an option's name is the provider's."""
        options = ("enabled", "read_mail", "sender_name", "daily_cap", "files", "show")
        fields = {(name if name in options else f"settings.{name}"): str(value) for name, value in more.items()}
        return {"provider": provider, "enabled": "on", **fields}

    def logs_in(self, browser: Any, address: str = "ada@icloud.com", own: bool = False, **more: Any) -> Any:
        """A preset: address and password, *Save Settings*."""
        given = {"address": address, "password": PASSWORD, **more}
        return browser.post(self.at("save", own), self.typed(ICLOUD, **given), follow=True)

    def leads_to(self, browser: Any, provider: str, address: str, own: bool = False, **more: Any) -> str:
        """Type the address and press *Sign in*: the provider's address that the browser is led to."""
        out = browser.post(self.at("sign-in", own), self.typed(provider, address=address, **more))
        return self.led(out)

    def led(self, out: Any) -> str:
        """Where a page of ours leads on to."""
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', out.content.decode())
        assert found is not None, shown(out)
        return html.unescape(found[1])

    def signs_in(
        self, browser: Any, provider: str, address: str, *, who: str = "", decision: str = "allow", own: bool = False,
        **more: Any,
    ) -> Any:  # fmt: skip
        """All of it: typed, signed in as ``who`` (as the address, if nobody else), and back."""
        way_out = self.leads_to(browser, provider, address, own, **more)
        return self.comes_back(browser, provider, way_out, who or address, decision)

    def comes_back(self, browser: Any, provider: str, way_out: str, who: str, decision: str = "allow") -> Any:
        """Press a button at the provider's, as this person."""
        server = self.google if provider.startswith("gmail") else self.microsoft
        assert server.authorization is not None
        server.authorization.who = who
        return browser.get(visit(way_out, decision), follow=True)


@contextmanager
def mailbox_world(settings: Any, available: tuple[str, ...] = MAILERS) -> Iterator[Mailboxes]:
    """Every mailer is available, none is switched on; nobody has a mailbox."""
    from django.db import transaction
    from hub_gmail import addon as gmail
    from hub_outlook import addon as outlook
    from hub_smtp_custom import addon as smtp_custom

    import hub.steps
    from hub.addons import catalog, changes, installed
    from hub.audit.actor import SYSTEM
    from hub.core import registry as registries
    from hub.db import clock
    from hub.plans import loading
    from hub.steps import email
    from tests.support.people import make_account, make_user

    settings.HUB_PUBLIC_URL = "https://hub.acme.example"
    settings.HUB_OAUTH_CLIENTS = {"gmail": CLIENT, "outlook": APP}
    loading.forget()
    time = clock.VirtualClock(MONDAY)
    found = registries.from_objects([gmail, outlook, smtp_custom, hub.steps.addon, email.addon])
    assert not found.troubles, found.troubles
    google, microsoft = Google(time.now), Microsoft(found.plugins["outlook"].info, time.now)
    with ExitStack() as stack:
        stack.enter_context(clock.use(time))
        servers = [stack.enter_context(SimulatorServer(one)) for one in (google, microsoft)]  # type: ignore[arg-type]
        outside = Outside(Egress.of([one.address for one in servers]), {**servers[0].urls, **servers[1].urls})
        outside.office = post = MailServer(time.now)  # type: ignore[assignment]
        stack.callback(outside.close)
        stack.enter_context(installed.use(found))
        stack.enter_context(installed.use_outside(outside))
        with transaction.atomic():
            catalog.sync(found)
            account = make_account("Engines")
            ada, grace = make_user(account, "admin", "ada"), make_user(account, "standard", "grace")
            for name in available:
                changes.make_available(account, name, by=SYSTEM)
        yield Mailboxes(account, ada, grace, google, microsoft, post, outside, time)
    loading.forget()


def shown(answer: Any) -> str:
    """A page's words."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))
