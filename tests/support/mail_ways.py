"""Every way in which a person's mailbox is reached, each with a provider of its own that is spoken to over sockets.

Gmail and Graph are loopback services; SMTP and IMAP are Dovecot's, also where Microsoft's servers are meant: the post room is led
to this machine for those two names, and the tokens of Microsoft's sign-in are as long as Microsoft's are::

    with every_way(settings, lab) as ways:
        way = ways.way("outlook_smtp")
        way.signs_in(browser)                       # the page, the provider's own page, and back
        way.arrives(b"...")                         # somebody writes to the mailbox
        way.sent()                                  # what went out of it
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.dispatch.post.office import PostOffice
from hub.dispatch.post.wire import Wire
from hub.testing.authorization import Family
from hub.testing.simulator_server import SimulatorServer
from tests.support.google import CLIENT, Google
from tests.support.mail_dovecot import PASSWORD, trusted
from tests.support.mailboxes import Mailboxes
from tests.support.microsoft import APP, Microsoft

EXCHANGE = {("smtp.office365.com", 587): "submission", ("outlook.office365.com", 993): "imaps"}
"""Microsoft's mail servers → which of Dovecot's ports plays them."""

LONG = 3_000
"""Characters of a token of Microsoft's: too long for the line that names the way to sign in."""

WELCOME = ("mail.send", {"subject": "Welcome {{client.firstName}}", "text": "Hello {{client.firstName}}"})


@dataclass(frozen=True, slots=True)
class Diverted(Wire):
    """Leads some names to ports of this machine."""

    ports: Mapping[tuple[str, int], int]

    async def connected(self, host: str, port: int) -> socket.socket:
        here = self.ports.get((host, port))
        return await super(Diverted, self).connected(*((host, port) if here is None else ("127.0.0.1", here)))


class Exchange(Microsoft):
    """Microsoft's sign-in, as its mail servers' tokens come from it.

    Attributes:
        known: token → user, as Dovecot asks for them.
    """

    def __init__(self, info: Any, wall: Any, known: dict[str, str]) -> None:
        super().__init__(info, wall)
        made = self.entra._tokens

        def long(family: Family) -> dict[str, Any]:
            told = made(family)
            token = str(told["access_token"]).ljust(LONG, "x")
            self.entra._access[token] = self.entra._access.pop(told["access_token"])
            self.entra.given.append(token)
            known[token] = family.who
            return {**told, "access_token": token}

        self.entra._tokens = long  # type: ignore[method-assign]


@dataclass
class Way:
    """One of them.

    Attributes:
        provider: as the settings page names it.
        address: whose mailbox it is.
        server: whose sign-in it is; None where there is a password.
    """

    addon: str
    provider: str
    address: str
    ways: Ways
    server: Any = None

    def signs_in(self, browser: Any) -> Any:
        """Type, sign in, allow, come back; and let it be read, where that is no question of the provider's own."""
        desk = self.ways.desk(self.server)
        if self.server is not None:
            answer = desk.signs_in(browser, self.provider, self.address, read_mail="on")
            browser.post(desk.at("save"), desk.typed(self.provider, address=self.address, read_mail="on"), follow=True)
            return answer
        lab = self.ways.lab
        servers = {
            "password": PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": lab.dovecot.submission, "smtp_tls": "starttls",
            "imap_host": "127.0.0.1", "imap_port": lab.dovecot.imaps, "imap_tls": "implicit", "read_mail": "on",
        }  # fmt: skip
        return browser.post(desk.at("save"), desk.typed(self.provider, address=self.address, **servers), follow=True)

    def arrives(self, raw: bytes) -> None:
        """Somebody writes to it."""
        if self.addon == "gmail":
            self.ways.google.box(self.address).arrives(raw)
        elif self.addon == "outlook":
            from hub_outlook import simulation

            simulation.arrives(self.ways.microsoft, raw, self.ways.world.clock.now())
        else:
            self.ways.lab.dovecot.deliver(self.address, raw)

    def sent(self) -> list[bytes]:
        """What went out of it, oldest first."""
        if self.addon == "gmail":
            return [one.raw for one in self.ways.google.box(self.address).sent]
        if self.addon == "outlook":
            from hub_outlook.simulation import SENT

            return [one["raw"].encode() for one in self.ways.microsoft.stored(SENT)]
        return list(self.ways.lab.relay.mails)


@dataclass
class Ways:
    """A hub in which each of them may be used, and a plan of a mail now and a card in three days."""

    world: Any
    lab: Any
    ada: Any
    google: Google
    microsoft: Microsoft
    exchange: Exchange
    outside: Outside

    def way(self, addon: str) -> Way:
        found = {
            "gmail": Way("gmail", "gmail.mail", "ada@gmail.com", self, self.google),
            "outlook": Way("outlook", "outlook.mail", "ada@contoso.example", self, self.microsoft),
            "outlook_smtp": Way(
                "outlook_smtp", "outlook_smtp.mail/exchange", "ada@crm.test", self, self.exchange
            ),
            "smtp_custom": Way("smtp_custom", "smtp_custom.mail/custom", "ada@crm.test", self),
        }  # fmt: skip
        return found[addon]

    def desk(self, server: Any = None) -> Mailboxes:
        """The settings page, with this provider behind every sign-in."""
        return Mailboxes(
            self.world.account, self.ada, None, self.google, server or self.microsoft, None, self.outside, self.world.clock  # type: ignore[arg-type]
        )  # fmt: skip

    def plan(self, **options: Any) -> None:
        """The plan becomes one of a single mail."""
        from django.db import transaction

        from tests.engine.world import make_plan

        type_, usual = WELCOME
        with transaction.atomic():
            self.world.plan = make_plan(self.world.account, [(type_, {**usual, **options})], (), "none")

    def after(self, run: Any, **span: float) -> str:
        """Let time pass, work, and say how the run stands."""
        self.world.clock.advance(**span)
        self.world.work()
        run.refresh_from_db()
        return str(run.state)


@contextmanager
def every_way(settings: Any, lab: Any) -> Iterator[Ways]:
    """Every mailer is available, none is switched on; nobody has a mailbox."""
    from django.db import transaction
    from hub_gmail import addon as gmail
    from hub_outlook import addon as outlook
    from hub_outlook.smtp import addon as outlook_smtp
    from hub_smtp_custom import addon as smtp_custom

    from hub.addons import changes, installed
    from hub.audit.actor import SYSTEM
    from hub.dispatch.runner import Runner
    from hub.engine.runtime import Writing
    from tests.engine.world import CARD, make_plan, make_world
    from tests.support.people import make_user

    settings.HUB_PUBLIC_URL = "https://hub.acme.example"
    settings.HUB_OAUTH_CLIENTS = {"gmail": CLIENT, "outlook": APP, "outlook_smtp": APP}
    timings = [{"kind": "immediately"}, {"kind": "after", "amount": 3, "unit": "days"}]
    with ExitStack() as stack:
        addons = [gmail, outlook, outlook_smtp, smtp_custom]
        world = stack.enter_context(make_world(more_addons=addons))
        infos = installed.registry().plugins
        google, microsoft = Google(world.clock.now), Microsoft(infos["outlook"].info, world.clock.now)
        exchange = Exchange(infos["outlook_smtp"].info, world.clock.now, lab.tokens.users)
        servers = [stack.enter_context(SimulatorServer(one)) for one in (google, microsoft, exchange)]  # type: ignore[arg-type]
        ports = {place: getattr(lab.dovecot, name) for place, name in EXCHANGE.items()}
        here = [one.address for one in servers] + [f"127.0.0.1:{port}" for port in ports.values()]
        outside = Outside(Egress.of(here), {name: url for one in servers for name, url in one.urls.items()})
        stack.callback(outside.close)
        office = PostOffice.of(outside.egress, trusted())
        outside.office = replace(office, wire=Diverted(office.wire.egress, office.wire.tls, ports))
        stack.enter_context(installed.use_outside(outside))
        with transaction.atomic():
            ada = make_user(world.account, "admin", "ada")
            for one in addons:
                changes.make_available(world.account, one.name, by=SYSTEM)
            world.plan = make_plan(world.account, [WELCOME, CARD], timings, "none")
        world.runner = Runner(world.ledger, installed.registry(), outside, chance=lambda: 0.0, writer=Writing())
        stack.callback(world.runner.close)
        lab.relay.after = lab.dovecot.file  # a provider that files what it sends
        yield Ways(world, lab, ada, google, microsoft, exchange, outside)
