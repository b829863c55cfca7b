"""Real mail servers, one set for each worker, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hub_smtp_custom import addon

from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.dispatch.post.office import PostOffice
from hub.testing.kit import Kit
from tests.support.mail_dovecot import PASSWORD, Dovecot, Relay, Tokens, trusted


@dataclass
class Lab:
    """Dovecot, what stands behind it, and benches on which a mailer speaks to it in earnest."""

    dovecot: Dovecot
    relay: Relay
    tokens: Tokens

    def settings(self, **more: Any) -> dict[str, Any]:
        """An account's form for these servers."""
        return {
            "address": "ada@crm.test", "password": PASSWORD, "provider": "Custom", "sender_name": "Ada, Engines Ltd",
            "smtp_host": "127.0.0.1", "smtp_port": self.dovecot.submission, "imap_host": "127.0.0.1",
            "imap_port": self.dovecot.imaps, **more,
        }  # fmt: skip

    def kit(self, made: Any = addon, settings: dict[str, Any] | None = None, **more: Any) -> Kit:
        """The production dispatcher and the real post room; only the ledger is in memory."""
        given = self.settings(**more) if settings is None else settings
        dovecot = self.dovecot
        ports = {value for name, value in given.items() if name.endswith("_port")} | {dovecot.submission, dovecot.imaps}
        outside = Outside(Egress.of(f"127.0.0.1:{port}" for port in ports))
        outside.office = PostOffice.of(outside.egress, trusted())
        return Kit(made, settings=given, outside=outside)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[Lab]:
    relay, tokens = Relay(), Tokens({"good": "ada@crm.test"})
    relay.start()
    stop = tokens.start()
    dovecot = Dovecot(relay, tokens)
    try:
        dovecot.create()
        yield Lab(dovecot, relay, tokens)
    finally:
        dovecot.discard()
        stop()
        relay.stop()


@pytest.fixture
def lab(mail_servers: Lab) -> Lab:
    mail_servers.relay.forget()
    mail_servers.dovecot.empty()
    return mail_servers
