"""From a notification's kind and data to a sentence, when somebody looks. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext, gettext_noop

N_ = gettext_noop

KINDS: dict[str, str] = {
    # data: step, contact, plan, addon, text, user, name, count
    "step.done": N_("Step “%(step)s” was done for %(contact)s."),
    "step.failed": N_("Step “%(step)s” failed for %(contact)s. %(text)s"),
    "step.held": N_("Step “%(step)s” waits for %(contact)s. %(text)s"),
    "step.unknown": N_("It is not known yet whether step “%(step)s” was done for %(contact)s. The hub is finding out."),
    "step.review": N_("Step “%(step)s” for %(contact)s waits for your decision. %(text)s"),
    "plan.notify": N_("%(text)s"),
    "silence.plan": N_("“%(name)s” usually acts and has been quiet since %(day)s. %(text)s"),
    "silence.addon": N_("%(name)s usually carries steps out and has been quiet since %(day)s. %(text)s"),
    "addon.broken": N_("%(addon)s needs attention. %(text)s"),
    "addon.needs_sign_in": N_("%(addon)s needs a new sign-in. %(text)s"),
    "mailbox.needs_sign_in": N_(
        "Your mailbox (%(addon)s) needs you to sign in again under Settings, Email (SMTP & IMAP); its mails wait until then."
        " %(text)s"
    ),
    "mailbox.refused": N_(
        "Your mailbox (%(addon)s) refuses the hub. Look at it under Settings, Email (SMTP & IMAP); its mails wait until then."
        " %(text)s"
    ),
    "addon.recovered": N_("%(addon)s works again."),
    "contact.assigned": N_("%(contact)s was assigned to you."),
    "contacts.assigned": N_("%(count)s contacts were assigned to you."),
    "addon.asked_for": N_("%(person)s of %(account)s asks for the add-on “%(wish)s”."),
    "import.done": N_("The import of %(name)s is done: %(text)s"),
    "import.failed": N_("The import of %(name)s stopped: %(text)s"),
    "bulk.done": N_("“%(name)s” is done: %(text)s"),
    "bulk.failed": N_("“%(name)s” stopped: %(text)s"),
    "bulk.cancelled": N_("%(user)s cancelled “%(name)s”: %(text)s"),
    "hook.disabled": N_("The webhook to %(name)s was switched off. %(text)s"),
    "mail.received": N_("%(contact)s wrote: %(text)s"),
    "mail.refuted": N_("Somebody who could not be verified wrote as %(contact)s: %(text)s"),
    "mail.unread": N_("The mailbox %(name)s cannot be read. %(text)s"),
    "mail.left_out": N_("%(name)s: %(text)s"),
}


MAILS: dict[str, str] = {
    "hook.disabled": N_(
        "Nothing is sent there until somebody switches it on again. What happens meanwhile is kept for thirty days,"
        " and can be sent then."
    ),
}
"""Of a kind that is told by mail, too: what stands beneath its sentence."""


class Told(Protocol):
    """A notification, saved or not."""

    kind: str
    data: Any


def sentence(notification: Told) -> str:
    """What the person should know, in their language. An unknown kind is told by its own ``text``."""
    data = notification.data if isinstance(notification.data, Mapping) else {}
    words = KINDS.get(notification.kind)
    if words is None:
        return str(data.get("text", "")) or notification.kind.replace(".", " ").replace("_", " ")
    return (gettext(words) % defaultdict(str, data)).strip()


def mail_of(notification: Told, account: str, link: str) -> tuple[str, str]:
    """The same as a mail: subject and text.

    Args:
        account: its name, for many look after several.
        link: where it can be mended; empty where nobody knows the hub's own address.
    """
    said = sentence(notification)
    more = gettext(MAILS[notification.kind]) if notification.kind in MAILS else ""
    subject = gettext("%(account)s: %(what)s") % {"account": account, "what": said.partition(". ")[0].rstrip(".")}
    return subject, "\n\n".join(part for part in (said, more, link) if part) + "\n"
