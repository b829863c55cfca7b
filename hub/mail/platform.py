"""The platform's own sender: what carries the mail of accounts without a mailbox, where the operator has named one.

It is an SMTP server like any other, and the mailer of it is data like any other's; only its settings are the operator's
(``HUB_MAIL_URL``) and not an account's. Nothing of it is kept: what it sent cannot be looked up, so an e-mail whose answer was
lost waits for a person. Answers go to the account's own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from hub.core import AddOn, MailboxLogin, Mailer, mailbox_form
from hub.core.mail_form import CUSTOM
from hub.core.registry import Plugin, from_objects

NAME = "platform_mail"
MAILER = f"{NAME}.mail"


@dataclass(frozen=True, slots=True)
class Way:
    """How mail leaves through it.

    Attributes:
        plugin: in no registry, for no account may choose it.
        settings: its form, filled in.
    """

    plugin: Plugin
    settings: Mapping[str, Any]


def way() -> Way | None:
    """The operator's sender; None where none was named."""
    given = settings.HUB_MAIL_URL
    if given is None:
        return None
    filled = {
        "address": given.sender, "sender_name": "", "password": given.password, "provider": CUSTOM, "smtp_host": given.host,
        "smtp_port": given.port, "smtp_tls": given.tls, "smtp_user": given.user,
    }  # fmt: skip
    return Way(_plugin(), filled)


@cache
def _plugin() -> Plugin:
    addon = AddOn(
        NAME,
        title="The platform's e-mail server",
        settings=mailbox_form((), custom=True),
        auth=MailboxLogin("address", "password"),
    )
    addon.mailer(Mailer(MAILER, "E-mail (platform)", custom=True))
    registry = from_objects([addon])
    assert not registry.troubles, registry.troubles
    return registry.plugins[NAME]
