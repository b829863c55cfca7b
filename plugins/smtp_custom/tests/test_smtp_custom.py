"""Any mail account: conformance, the presets as people know them, and what an admin is told."""

from __future__ import annotations

from typing import Any

import pytest
from hub_smtp_custom import PRESETS, addon, mailer

from hub.core.mail_servers import Servers, servers_of
from hub.testing import conformance
from hub.testing.kit import Kit

TestSmtpCustom = conformance(addon)


def servers(address: str, **more: Any) -> Servers:
    """What the form comes to."""
    return servers_of(mailer, addon.settings.model_validate({"address": address, "password": "p", **more}))


@pytest.mark.parametrize(
    ("address", "smtp", "imap", "users"),
    [
        ("ada@icloud.com", "smtp.mail.me.com:587 starttls", "imap.mail.me.com:993", ("ada@icloud.com", "ada")),
        ("ada@ME.com", "smtp.mail.me.com:587 starttls", "imap.mail.me.com:993", ("ada@ME.com", "ada")),
        ("ada@yahoo.com", "smtp.mail.yahoo.com:465 implicit", "imap.mail.yahoo.com:993", ("ada@yahoo.com", "ada@yahoo.com")),
        ("ada@verizon.net", "smtp.aol.com:465 implicit", "imap.aol.com:993", ("ada@verizon.net", "ada@verizon.net")),
        ("ada@att.net", "smtp.mail.att.net:465 implicit", "imap.mail.att.net:993", ("ada@att.net", "ada@att.net")),
        ("ada@zohomail.eu", "smtp.zoho.eu:465 implicit", "imap.zoho.eu:993", ("ada@zohomail.eu", "ada@zohomail.eu")),
        ("ada@web.de", "smtp.web.de:587 starttls", "imap.web.de:993", ("ada", "ada")),
        ("ada@mail.ru", "smtp.mail.ru:465 implicit", "imap.mail.ru:993", ("ada@mail.ru", "ada@mail.ru")),
    ],
)  # fmt: skip
def test_the_address_alone_finds_the_servers(address: str, smtp: str, imap: str, users: tuple[str, str]) -> None:
    found = servers(address)

    assert f"{found.smtp.host}:{found.smtp.port} {found.smtp.tls}" == smtp
    assert found.imap is not None
    assert f"{found.imap.host}:{found.imap.port}" == imap
    assert (found.smtp.user, found.imap.user) == users


def test_an_own_domain_chooses_its_provider() -> None:
    found = servers("ada@lovelace.example", provider="Zoho Mail, own domain")

    assert found.smtp.host == "smtppro.zoho.com"
    assert found.smtp.user == "ada@lovelace.example"


def test_custom_takes_the_servers_as_they_are_typed() -> None:
    found = servers(
        "ada@lovelace.example", provider="Custom", smtp_host="mx.lovelace.example", smtp_port=465, smtp_tls="implicit",
        smtp_user="ada", imap_host="in.lovelace.example",
    )  # fmt: skip

    assert (found.smtp.host, found.smtp.port, found.smtp.tls, found.smtp.user) == (
        "mx.lovelace.example",
        465,
        "implicit",
        "ada",
    )
    assert found.imap is not None
    assert (found.imap.host, found.imap.user) == ("in.lovelace.example", "ada")


def test_without_an_imap_host_mail_is_only_sent() -> None:
    assert servers("ada@lovelace.example", provider="Custom", smtp_host="mx.lovelace.example").imap is None


@pytest.mark.parametrize(
    ("given", "words", "field"),
    [
        ({"address": "ada@gmail.com"}, "Use the Gmail add-on", "provider"),
        ({"address": "ada@hotmail.com"}, "Use the Outlook add-on", "provider"),
        ({"address": "ada@lovelace.example"}, "No provider we know has addresses at lovelace.example", "provider"),
        ({"address": "ada@lovelace.example", "provider": "Custom"}, "Give the SMTP host", "smtp_host"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_so_is_told_with_the_field(given: dict[str, str], words: str, field: str) -> None:
    with Kit(addon) as hub:
        said = hub.check(**given)

    assert words in said.sentence()
    assert said.field == field


def test_an_app_password_pasted_with_its_blanks_is_the_same_password() -> None:
    with Kit(addon, settings={"address": "ada@icloud.com", "password": "abcd efgh  ijkl"}) as hub:
        seen: list[str] = []
        hub.mail._welcome = lambda order: seen.append(order.login.password)  # type: ignore[method-assign]

        hub.check()

    assert seen == ["abcdefghijkl"]


def test_the_form_s_drop_down_is_the_table() -> None:
    with Kit(addon) as hub:
        spec = next(spec for spec in _form(hub) if spec.name == "provider")

    assert [value for value, _ in spec.choices] == [
        "Find out from the address", *[preset.title for preset in PRESETS], "Custom",
    ]  # fmt: skip


def _form(hub: Kit) -> Any:
    from hub.core.settings import fields_of

    return fields_of(hub.plugin.info.settings)
