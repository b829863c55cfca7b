"""Mailboxes for the kit: settings of a connection that a mailer's form takes, one for each way in which mail may be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.mail import Mailer, MailPreset
from hub.core.mail_form import CUSTOM
from hub.core.registry import Plugin
from hub.core.settings import fields_of

PASSWORD = "canary-password-7Q4711"
"""A secret that is easily known again wherever it turns up."""


@dataclass(frozen=True)
class MailboxOf:
    """A made-up mailbox.

    Attributes:
        name: for the names of cases.
        settings: of the connection.
        looks_up: the provider files what it sends, so a lost answer can be looked up.
    """

    name: str
    settings: Mapping[str, Any]
    looks_up: bool


def mailer_by_post(plugin: Plugin) -> Mailer | None:
    """The plugin's mailer for which the hub speaks SMTP."""
    return next((mailer for mailer in plugin.mailers if mailer.by_post), None)


def mailboxes(plugin: Plugin) -> list[MailboxOf]:
    """One that can be looked up and one that cannot, as far as the mailer knows such providers."""
    mailer = mailer_by_post(plugin)
    if mailer is None:
        return []
    by_kind: dict[bool, MailboxOf] = {}
    for box in _all(plugin, mailer):
        by_kind.setdefault(box.looks_up, box)
    return [by_kind[kind] for kind in (True, False) if kind in by_kind]


def files_something(plugin: Plugin) -> bool:
    """Whether some provider files what it sends without being told; whoever names servers of their own says so itself."""
    mailer = mailer_by_post(plugin)
    presets = [preset for preset in mailer.presets if not preset.instead] if mailer else []
    return not presets or any(preset.files_sent and preset.imap_host for preset in presets)


def _all(plugin: Plugin, mailer: Mailer) -> Iterator[MailboxOf]:
    for preset in mailer.presets:
        if not preset.instead:
            yield from _of_preset(plugin, mailer, preset)
    if mailer.custom:
        yield _custom(plugin, files_sent=False)
        yield _custom(plugin, files_sent=True)


def _of_preset(plugin: Plugin, mailer: Mailer, preset: MailPreset) -> Iterator[MailboxOf]:
    """As it is; and where the form lets the account say that sent mail is filed, with that."""
    domain = preset.domains[0] if preset.domains else "example.com"
    chosen = {} if preset.domains or len(mailer.presets) == 1 else {"provider": preset.title}
    settings = {**_secrets(plugin), "address": f"ada@{domain}", **chosen}
    yield MailboxOf(preset.title, settings, preset.files_sent and bool(preset.imap_host))
    if preset.imap_host and "files_sent" in plugin.info.settings.model_fields:
        yield MailboxOf(f"{preset.title}, which files sent mail", {**settings, "files_sent": True}, True)


def _custom(plugin: Plugin, *, files_sent: bool) -> MailboxOf:
    words = "own servers that file sent mail" if files_sent else "own servers"
    settings = {
        **_secrets(plugin), "address": "ada@kit.test", "provider": CUSTOM, "smtp_host": "smtp.kit.test",
        "imap_host": "imap.kit.test", "files_sent": files_sent,
    }  # fmt: skip
    return MailboxOf(words, settings, files_sent)


def _secrets(plugin: Plugin) -> dict[str, str]:
    return {spec.name: PASSWORD for spec in fields_of(plugin.info.settings) if spec.kind == "secret"}
