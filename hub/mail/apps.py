"""The mail room as a Django app: tells the plans beneath whom to ask about mailboxes."""

from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Introduces this room as soon as the apps are loaded."""

    name = "hub.mail"
    label = "mail"

    def ready(self) -> None:
        from hub.mail import foreseeing, resolving
        from hub.plans import senders

        senders.use(foreseeing.letters, resolving.takes)
