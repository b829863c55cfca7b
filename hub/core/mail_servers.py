"""From an account's form to its servers. Pure: the presets are data, and so is the answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from hub.core.auth import reveal
from hub.core.mail import Mailer, MailPreset, Tls
from hub.core.mail_form import CUSTOM, DETECT


class NoServers(Exception):
    """The form does not say which servers.

    Attributes:
        field: the field at fault.
    """

    def __init__(self, sentence: str, field: str = "provider") -> None:
        self.field = field
        super().__init__(sentence)


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True)


class Server(_Plain):
    """One server and who signs in there."""

    host: str
    port: int
    tls: Tls
    user: str


class Servers(_Plain):
    """A mailbox's two servers.

    Attributes:
        imap: None where mail is sent only.
        files_sent: the provider puts copies into *Sent* by itself.
        sent_folder: where copies are, when the server does not say it.
        bare: the password is written without blanks.
        provider: its title, for sentences.
    """

    smtp: Server
    imap: Server | None = None
    files_sent: bool = False
    sent_folder: str = ""
    bare: bool = False
    provider: str = ""


def servers_of(mailer: Mailer, settings: Any) -> Servers:
    """Where this account's mail goes out and comes in.

    Raises:
        NoServers: the form does not say it; the message says what to fill in.
    """
    address = str(getattr(settings, "address", ""))
    chosen = str(getattr(settings, "provider", DETECT))
    preset = detect(mailer, address) if chosen == DETECT else _named(mailer, chosen)
    if preset is not None:
        return _of_preset(preset, address, settings)
    if mailer.custom and str(getattr(settings, "smtp_host", "")):
        return _custom(settings, address)
    if chosen == CUSTOM:
        raise NoServers("Give the SMTP host of your mail server", "smtp_host")
    domain = address.rpartition("@")[2]
    raise NoServers(f"No provider we know has addresses at {domain}; choose yours, or Custom with its servers")


def detect(mailer: Mailer, address: str) -> MailPreset | None:
    """The preset whose addresses end like this one. A mailer with one preset and nothing custom has no choice."""
    domain = address.rpartition("@")[2].strip().lower()
    found = next((preset for preset in mailer.presets if domain in preset.domains), None)
    only = mailer.presets[0] if len(mailer.presets) == 1 and not mailer.custom else None
    return found or only


def _named(mailer: Mailer, title: str) -> MailPreset | None:
    return next((preset for preset in mailer.presets if preset.title == title), None)


def _of_preset(preset: MailPreset, address: str, settings: Any) -> Servers:
    if preset.instead:
        raise NoServers(f"{preset.title}: {preset.instead.rstrip('.')}")
    smtp = Server(
        host=preset.smtp_host, port=preset.smtp_port, tls=preset.smtp_tls, user=_user(preset.smtp_user, address)
    )
    imap = Server(
        host=preset.imap_host, port=preset.imap_port, tls=preset.imap_tls, user=_user(preset.imap_user, address)
    )
    return Servers(
        smtp=smtp, imap=imap if preset.imap_host else None, bare=preset.app_password,
        files_sent=preset.files_sent or bool(getattr(settings, "files_sent", False)),
        sent_folder=str(getattr(settings, "sent_folder", "")), provider=preset.title,
    )  # fmt: skip


def _user(template: str, address: str) -> str:
    return address.rpartition("@")[0] if template == "{local}" else address


def _custom(settings: Any, address: str) -> Servers:
    user = settings.smtp_user or address
    smtp = Server(host=settings.smtp_host, port=settings.smtp_port, tls=settings.smtp_tls, user=user)
    imap = Server(host=settings.imap_host, port=settings.imap_port, tls=settings.imap_tls,
                  user=settings.imap_user or user)  # fmt: skip
    return Servers(smtp=smtp, imap=imap if settings.imap_host else None, files_sent=settings.files_sent,
                   sent_folder=settings.sent_folder, provider=settings.smtp_host)  # fmt: skip


def password_of(servers: Servers, settings: Any, field: str) -> str:
    """The password as the server wants it: providers show app passwords in groups, and people paste the blanks too."""
    password = reveal(settings, field)
    return "".join(password.split()) if servers.bare else password
