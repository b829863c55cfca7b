"""The MX record of an address's domain, asked of a name server on loopback: what it says, and what its silence costs."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hub_gmail import addon as gmail
from hub_outlook import addon as outlook
from hub_smtp_custom import addon as smtp_custom

from hub.core.registry import from_objects
from hub.mail.mailboxes import exchangers, offers
from hub.mail.mailboxes.offers import Offer
from tests.support.name_server import name_server


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """With servers that answer, on a machine that has other work."""
    monkeypatch.setattr(exchangers, "LONGEST_WAIT", 60.0)


def entries() -> list[Offer]:
    registry = from_objects([gmail, outlook, smtp_custom])
    infos = [plugin.info for plugin in registry.plugins.values()]
    return [entry for info in infos for entry in offers._entries(info)]


def test_the_hosts_come_in_the_order_in_which_they_are_tried(settings: Any) -> None:
    with name_server({"club.example": [(20, "b.club.example"), (5, "A.club.example")]}) as at:
        settings.HUB_DNS_SERVERS = (at,)

        assert exchangers.of("ada@club.example") == ("a.club.example", "b.club.example")
        assert exchangers.of("ada@nowhere.example") == ()


@pytest.mark.parametrize("hosts", [{"club.example": [(0, ".")]}, {"club.example": []}], ids=["null MX", "no MX"])
def test_a_domain_that_takes_no_mail_has_no_host(settings: Any, hosts: Any) -> None:
    with name_server(hosts) as at:
        settings.HUB_DNS_SERVERS = (at,)

        assert exchangers.of("ada@club.example") == ()


def test_a_server_that_is_silent_is_waited_for_no_longer_than_said(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchangers, "LONGEST_WAIT", 0.2)
    with name_server({}, answers=False) as at:
        settings.HUB_DNS_SERVERS = (at,)
        began = time.monotonic()

        assert exchangers.of("ada@club.example") == ()
        assert time.monotonic() - began < 15


def test_nonsense_from_a_server_says_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchangers, "LONGEST_WAIT", 0.2)
    with name_server({}, says=b"\x00nonsense") as at:
        settings.HUB_DNS_SERVERS = (at,)

        assert exchangers.of("ada@club.example") == ()


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "ada@..",
        "ada@" + "x" * 64 + ".example",
        "ada@" + "x." * 140 + "example",
        "ada@b\u00fccher.example",
    ],
)
def test_what_is_no_domain_is_no_trouble(settings: Any, address: str) -> None:
    with name_server({}) as at:
        settings.HUB_DNS_SERVERS = (at,)

        assert exchangers.of(address) == ()


def test_where_nobody_may_be_asked_nobody_is(settings: Any) -> None:
    with name_server({"club.example": [(5, "a.club.example")]}) as at:
        settings.HUB_DNS_SERVERS = ()

        assert exchangers.of("ada@club.example") == ()
        settings.HUB_DNS_SERVERS = (at,)
        assert exchangers.of("ada@club.example") == ("a.club.example",)


@pytest.mark.parametrize(
    ("host", "title"),
    [
        ("aspmx.l.google.com", "Gmail"), ("aspmx2.googlemail.com", "Gmail"), ("smtp.google.com", "Gmail"),
        ("club-example.mail.protection.outlook.com", "Outlook via OAuth2"),
        ("club-example.x-v1.mx.microsoft", "Outlook via OAuth2"),
        ("mx01.mail.icloud.com", "iCloud"), ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mx.zoho.com", "Zoho Mail, own domain"),
        ("mx2.zoho.eu", "Zoho Mail, own domain (Europe)"), ("mx.zoho.com.au", "Zoho Mail (Australia)"),
        ("mta5.am0.yahoodns.net", "Yahoo"), ("mx-aol.mail.gm0.yahoodns.net", "AOL"), ("mx1.emailsrvr.com", "Rackspace"),
        ("mailstore1.secureserver.net", "GoDaddy Workspace"), ("notgoogle.com", None), ("google.com.evil.example", None),
    ],
)  # fmt: skip
def test_a_host_belongs_to_the_provider_whose_name_it_ends_in(host: str, title: str | None) -> None:
    found = offers.by_exchangers(entries(), [host])

    assert (found.title if found else None) == title


def test_the_first_host_that_anybody_knows_counts() -> None:
    found = offers.by_exchangers(entries(), ["mx.filter.example", "mx.zoho.com", "aspmx.l.google.com"])

    assert found is not None
    assert found.title == "Zoho Mail, own domain"
