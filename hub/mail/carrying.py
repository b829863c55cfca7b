"""A mailbox's mailer, put in the place of the step *send an e-mail*: the call that the engine carries out for one step run.

The plugin of the mailer gives its settings, its credential and its endpoints; the message is ours. Intent, floors, the look into
*Sent* and everything else that keeps a mail from going out twice are those of any other step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import installed
from hub.core import facts
from hub.core.actions import Action
from hub.core.errors import Refused
from hub.core.mail import Mailer, Message
from hub.core.mail_mime import message_id
from hub.core.outcomes import CannotTell, Finding, Outcome, Sent, Wait
from hub.core.registry import Claim, Plugin
from hub.dispatch.requests import FrozenRequest
from hub.mail import flat, loading, loops, platform
from hub.mail.composing import About, Sender, compose, receiver
from hub.mail.files import enclosing, refused
from hub.mail.files.enclosing import Split
from hub.mail.footer import Footer
from hub.mail.models import Mailbox
from hub.mail.resolving import ADDON, Route
from hub.mail.unsubscribing import links
from hub.plans.facts import account_facts
from hub.steps.email import Email
from hub.steps.email import send as step_send

_NOBODYS = Mailer("nobody.mail", "", custom=True)


@dataclass(frozen=True, slots=True)
class Posted:
    """What is known of the mail, for the row that an answer will find."""

    message_id: str
    sender: str
    to: str
    subject: str


@dataclass(slots=True)
class Carrying:
    """One mail on its way.

    Attributes:
        mailbox_id: None for the platform's sender and for a mailer without a mailbox.
        name, usual: what people see beside the address: as it was chosen for the mailbox; and where nobody chose one, there or
            with the mailer's own settings.
        posted: filled in when the mail was composed.
        sample: it is only shown, or sent to whoever writes it: the way out in its footer takes nobody off.
        read: somebody reads what comes to its sender, so a letter there can be a way out, too.
        text: the step's plain text as its author wrote it.
        refused: filled in when the provider did not take it with its files, and it goes out once more with links.
    """

    mailer: Mailer
    mailbox_id: int | None
    name: str
    usual: str
    reply_to: str
    loop: str
    account: facts.Account
    files: loading.Files = loading.NO_FILES
    files_as_links: bool | None = None
    frozen: FrozenRequest | None = None
    posted: Posted | None = None
    sample: bool = False
    read: bool = False
    text: str = ""
    refused: str = ""

    async def send(self, vendor: Any, step: Email, contact: Any) -> Outcome:
        """Compose it and have the mailer send it."""
        message = self.composed(vendor.settings, vendor.ref, step, contact)
        if isinstance(message, Outcome):
            return message
        self._note(message)
        try:
            outcome = await self.hand_over(vendor, message)
        except Refused as no:
            again = self._with_links(no.outcome, message)
            if again is None:
                raise
            return again
        return self._with_links(outcome, message) or _worded(outcome, message, self._warnings(step))

    def _with_links(self, outcome: Outcome, message: Message) -> Outcome | None:
        """Once more with links, where the provider did not take it with its files; None where that is not so."""
        if self.files.refused or not refused.may_be_why(outcome, message, self.files.there):
            return None
        self.refused = outcome.sentence().rstrip(". ")
        again = _("It goes out once more, with links in the place of its files.")
        return Wait(f"{self.refused}. {again}", refused.AGAIN_SECONDS)

    def _warnings(self, step: Email) -> list[str]:
        said = []
        if self.files.refused:
            said.append(
                _("Its files went as links: with them it was refused ({words}).").format(words=self.files.refused)
            )
        if changed := flat.changed(step, self.text):
            said.append(flat.warning(changed))
        return said

    async def hand_over(self, vendor: Any, message: Message) -> Outcome:
        """Let the mailer send it."""
        send = self.mailer.send
        outcome: Outcome = await (send(vendor, message) if send else vendor.post.send(message))
        return outcome

    async def find(self, vendor: Any, step: Email, contact: Any) -> Finding:
        """Look for it in *Sent*."""
        wanted = message_id(vendor.ref, self._sender(vendor))
        self.posted = Posted(
            wanted, self._sender(vendor), _first_to(self.frozen) or receiver(step, contact), step.subject
        )
        find = self.mailer.find
        found: Finding = await (find(vendor, wanted) if find else vendor.post.find(wanted))
        return found

    def composed(self, settings: Any, ref: str, step: Email, contact: Any) -> Message | Outcome:
        """The mail, with the mailer's settings; or why there can be none."""
        address = self._address(settings)
        name = self.name or str(getattr(settings, "sender_name", "")) or self.usual
        below = replace(self.footer(contact), mailto=self._mailto(address, contact))
        return compose(
            flat.flattened(step, self.text), contact, Sender(address, name, self.reply_to),
            About(message_id(ref, address), self.loop, below, self.split(step.files_as), self.files.lacking),
        )  # fmt: skip

    def split(self, files_as: str) -> Split:
        """Which of its files are attached, and which are given as a link: all that have one, where they were refused."""
        how = "as links" if self.files.refused else files_as
        return enclosing.split(self.files.there, how, self.mailer, self.files_as_links)

    def footer(self, contact: Any) -> Footer:
        """What stands below it."""
        return Footer.of(
            self.account, links.sample() if self.sample else links.address(int(self.account.id), int(contact.id))
        )

    def _mailto(self, address: str, contact: Any) -> str:
        """The way out by a letter to the sender, for mail programs that write one."""
        if not self.read or self.sample:
            return ""
        return links.mailto(address, int(self.account.id), int(contact.id))

    def _sender(self, vendor: Any) -> str:
        return self._address(vendor.settings)

    def _address(self, settings: Any) -> str:
        """An address that was changed since the first try is not the one that mail bears."""
        return _header(self.frozen, "Mail-From") or str(getattr(settings, "address", ""))

    def _note(self, message: Message) -> None:
        self.posted = Posted(message.message_id, message.sender, message.to[0], message.subject)


async def nobody_looks(vendor: Any, step: Any, contact: Any) -> Finding:
    """The mailbox of the try is gone, so is the way into its *Sent*."""
    return CannotTell("The mailbox by which it may have left is no longer connected.")


def of(
    route: Route,
    account: Account,
    frozen: FrozenRequest | None,
    files: loading.Files = loading.NO_FILES,
    sample: bool = False,
    text: str = "",
) -> tuple[Claim, Carrying] | None:
    """Who carries a mail by this way; None where there is no mailer to call, so that whoever claims the step speaks.

    Args:
        text: the step's plain text as its author wrote it.
    """
    plugin = _plugin(route)
    mailer = next((one for one in plugin.info.mailers if one.name == route.mailer), None) if plugin else None
    if plugin is None or mailer is None:
        return None
    way = Carrying(
        mailer, route.mailbox.pk if route.mailbox else None, route.mailbox.sender_name if route.mailbox else "",
        loading.name_of(route.mailbox, account),
        account.email if route.by_platform else "", loops.mark(account.pk), account_facts(account),
        files, route.mailbox.files_as_links if route.mailbox else None, frozen, sample=sample,
        read=route.mailbox is not None and _is_read(route.mailbox), text=text,
    )  # fmt: skip
    return Claim(plugin, _action(mailer, way)), way


def nobodys(account: Account, files: loading.Files) -> Carrying:
    """For a look at a mail that nobody carries yet."""
    usual = loading.name_of(None, account)
    return Carrying(_NOBODYS, None, "", usual, "", loops.mark(account.pk), account_facts(account), files, sample=True)


def _is_read(mailbox: Mailbox) -> bool:
    """Not only switched on: a letter that nobody sees would be a way out that leads nowhere."""
    return mailbox.enabled and mailbox.read_mail and mailbox.read_at is not None and not mailbox.read_problem


def without_a_way() -> Claim | None:
    """For a look-up whose mailbox is gone: nobody can tell, and a person is asked."""
    plugin = installed.plugin(ADDON)
    return Claim(plugin, replace(step_send.action, reconcile=nobody_looks)) if plugin else None


def settings_of(route: Route) -> Mapping[str, Any] | None:
    """The settings of a way that has no connection; None where it has one."""
    way = platform.way() if route.by_platform else None
    return way.settings if way else None


def _plugin(route: Route) -> Plugin | None:
    if route.by_platform:
        way = platform.way()
        return way.plugin if way else None
    return installed.plugin(route.mailer.partition(".")[0]) if route.mailer else None


def _action(mailer: Mailer, way: Carrying) -> Action:
    """Made anew for each mail, as it holds the mail's own facts."""
    looks_up = mailer.find is not None or (mailer.by_post and mailer.send is None)
    return replace(step_send.action, run=way.send, reconcile=way.find if looks_up else None)


def _worded(outcome: Outcome, message: Message, warnings: Sequence[str] = ()) -> Outcome:
    """The line in the contact's history: what was sent, to whom, from whom; and what the mailer and we add to it."""
    if not isinstance(outcome, Sent):
        return outcome
    usual = f"E-mail sent to {', '.join(message.to)}."
    more = outcome.note.removeprefix(usual)
    note = f"E-mail “{message.subject}” sent to {', '.join(message.to)} from {message.sender}.{more}"
    return replace(outcome, note=" ".join((note, *warnings)))


def _header(frozen: FrozenRequest | None, name: str) -> str:
    """Of a request by post; other mailers freeze the whole mail in words of their own."""
    return next((value for header, value in frozen.headers if header == name), "") if frozen else ""


def _first_to(frozen: FrozenRequest | None) -> str:
    return _header(frozen, "Rcpt-To")
