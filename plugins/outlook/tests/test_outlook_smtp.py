"""Outlook by SMTP: what the kit proves, and that it is Microsoft's servers that are spoken to and asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub_outlook.smtp import addon, mailer

from hub.core import NeedsAdmin, OAuth2
from hub.core.mail_servers import servers_of
from hub.testing import conformance, mail_faults
from hub.testing.kit import Kit

TestOutlookBySmtp = conformance(addon)

STEP = {"subject": "Hello", "text": "Hi {{client.firstName}}"}


def test_a_mail_goes_to_exchange_and_is_looked_for_there() -> None:
    with Kit(addon) as hub:
        run = hub.run("outlook_smtp.mail", **STEP)

        assert run.state == "done"
        assert run.tries[0].request.url == "smtp://smtp.office365.com:587"
        assert [mail.text for mail in hub.mail.outbox] == ["Hi Ada"]
        servers = servers_of(mailer, addon.hub_addon().settings.model_validate(hub.settings))

    assert servers.imap is not None
    assert (servers.smtp.tls, servers.imap.host, servers.imap.tls) == ("starttls", "outlook.office365.com", "implicit")
    assert servers.smtp.user == servers.imap.user == "ada@example.com"
    assert servers.files_sent, "Exchange files it, so no second copy is made"


def test_one_token_is_for_one_resource() -> None:
    """A page that asks for Exchange and for Graph at once is refused (Dolibarr #25888)."""
    auth = addon.hub_addon().auth
    assert isinstance(auth, OAuth2)

    hosts = {urlsplit(scope).hostname for scope in auth.scopes} - {None}

    assert hosts == {"outlook.office.com"}
    assert {"offline_access", "openid"} <= set(auth.scopes)


def test_email_oauth2_proxy_193_authenticated_smtp_that_is_switched_off_is_said_in_microsofts_words() -> None:
    (off,) = [fault for fault in mail_faults.FOR_ADMIN if fault.name == "sign-in switched off"]
    with Kit(addon) as hub:
        hub.mail.fail(off)

        run = hub.run("outlook_smtp.mail", **STEP)

        assert run.state == "held"
        assert "SmtpClientAuthentication is disabled for the Tenant" in run.sentence
        assert "password" not in run.sentence, "there is none"


def test_the_test_button_signs_in_at_both_servers() -> None:
    with Kit(addon) as hub:
        assert hub.check() == "ada@example.com, sending and reading"
        assert isinstance(hub.check(access_token="wrong-token"), NeedsAdmin)
