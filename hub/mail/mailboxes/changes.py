"""Every write to mailboxes. What it may set free is told to the edge: the held mail of the account.

One provider at a time: the new one takes the old one's place only when it has been tried, and only then the old one's settings
and secrets are wiped. What the edge must still do outside of the transaction (ending a sign-in at the vendor) it is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.addons import diagnosis
from hub.addons.diagnosis import Diagnosis
from hub.addons.models import Connection
from hub.addons.oauth import changes as sign_ins
from hub.addons.oauth import hosted
from hub.addons.writing import MAIL, Freed
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.mail import one_line
from hub.db import clock
from hub.db.errors import Invalid, NotFound, Problem
from hub.dispatch.grants import Tokens
from hub.mail.mailboxes import offers, trying
from hub.mail.mailboxes.offers import Offer
from hub.mail.models import Mailbox, MailHabits

LONGEST_NAME = 200
MOST_A_DAY = 10_000
"""Mails on one day: more than any provider of personal mail takes."""

MOST_A_CONTACT = 100
"""E-mails for one contact on one day: with more, two machines that answer each other would write all night."""

_UNREAD: dict[str, Any] = {
    "cursor": {}, "cursors_reset": 0, "read_at": None, "read_problem": "", "read_failures": 0, "read_again_at": None,
}  # fmt: skip
"""Reading has not begun: what lies in a mailbox when it is connected, or arrived while nobody was to read it, is no news."""


@dataclass(frozen=True, slots=True)
class Left:
    """A way that was given up.

    Attributes:
        tokens: to be ended at the vendor; None where nobody was signed in.
        settings: what its form said, so that the vendor can be told by the right app.
    """

    addon: str
    tokens: Tokens | None
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What an owner chooses beside the provider.

    Attributes:
        daily_cap: mails on one day of the account's; None is no limit.
        files_as_links: how the files of mails go, where a step does not say it; None is as the mailer advises.
    """

    enabled: bool
    read_mail: bool = False
    sender_name: str = ""
    daily_cap: int | None = None
    files_as_links: bool | None = None


def prepare(account: Account, user_id: int | None) -> Mailbox:
    """A person's mailbox, or the account's own; made at the first need."""
    whose: dict[str, Any] = {"account": account, "user_id": user_id}
    row, _made = Mailbox.objects.get_or_create(**whose, defaults={"changed_at": clock.now()})
    return Mailbox.objects.select_for_update(of=("self",)).select_related("user", "connection").get(pk=row.pk)


def keep_tried(
    account: Account, user_id: int | None, offer: Offer, tried: Connection, seen: Diagnosis, *, by: Actor
) -> Connection:
    """Keep a connection that was tried and works."""
    values = trying.settings_of(tried)
    saved = addons.save_settings(account, offer.info.name, values, by=by, user=user_id)
    diagnosis.record(saved.connection, seen, by=by)
    return saved.connection


def keep_sign_in(
    account: Account, user_id: int | None, offer: Offer, settings: Mapping[str, Any], tokens: Tokens, *, by: Actor
) -> Connection:
    """Keep who signed in, with what they had typed before they were sent away."""
    saved = addons.save_settings(account, offer.info.name, settings, by=by, user=user_id)
    name = hosted.account_name(offer.info, settings)
    sign_ins.sign_in(saved.connection, tokens, by=by, account_name=name)
    saved.connection.refresh_from_db()
    return saved.connection


def adopt(mailbox: Mailbox, offer: Offer, connection: Connection, *, by: Actor, default: bool = False) -> Left | None:
    """Let a connection carry a mailbox from now on, and wipe the one before it.

    Args:
        default: also as what carries the mail that names nobody, where nothing does so far.
    """
    before = mailbox.connection
    left = _give_up(before, by) if before is not None and before.pk != connection.pk else None
    field = offers.account_field(offer)
    address = str(connection.settings.get(field, ""))[:254]
    moved = before is None or before.pk != connection.pk or address != mailbox.address
    values = {"connection": connection, "mailer": offer.mailer.name, "address": address, "enabled": True}
    if default and not Mailbox.objects.filter(account=mailbox.account, is_default=True).exists():
        values["is_default"] = True
    addons.enable(mailbox.account, connection.addon, by=by, user=mailbox.user_id)
    _write(mailbox, **values, **({**_UNREAD, "read_mail": False} if moved else {}))
    _told("mailbox_connected", mailbox, by, {"title": offer.title})
    return left


def set_options(mailbox: Mailbox, offer: Offer | None, wanted: Options, *, by: Actor) -> Freed:
    """Switch it on or off, let it be read or not, name its sender, limit its days, say how files go.

    Raises:
        Invalid: with a sentence a field.
    """
    check(offer, mailbox.connection.settings if mailbox.connection is not None else {}, wanted)
    chosen = ("enabled", "read_mail", "sender_name", "daily_cap", "files_as_links")
    before = {name: getattr(mailbox, name) for name in chosen}
    reads = wanted.read_mail and mailbox.connection_id is not None
    after = {
        "enabled": wanted.enabled and mailbox.connection_id is not None, "read_mail": reads,
        "sender_name": one_line(wanted.sender_name), "daily_cap": wanted.daily_cap,
        "files_as_links": wanted.files_as_links,
    }  # fmt: skip
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changed:
        anew = _UNREAD if reads and not before["read_mail"] else {}
        _write(mailbox, **after, **anew)
        _told("mailbox_changed", mailbox, by, {"changed": changed})
        _follow(mailbox, by)
    return freed(mailbox)


def check(offer: Offer | None, settings: Mapping[str, Any], wanted: Options) -> None:
    """Whether these options may be kept with a provider and what was typed for it.

    Raises:
        Invalid: with a sentence a field.
    """
    wrong: dict[str, str] = {}
    if len(wanted.sender_name) > LONGEST_NAME:
        wrong["sender_name"] = _("At most %(n)d characters.") % {"n": LONGEST_NAME}
    if wanted.daily_cap is not None and not 1 <= wanted.daily_cap <= MOST_A_DAY:
        wrong["daily_cap"] = _("Enter a number from 1 to %(n)d, or nothing.") % {"n": MOST_A_DAY}
    if wanted.read_mail and offer is not None and not offers.reads_mail(offer, settings):
        wrong["read_mail"] = _("Name the IMAP host first; without it mail is sent and not read.")
    if wrong:
        raise Invalid(wrong)


def _follow(mailbox: Mailbox, by: Actor) -> None:
    """A person's connection is on while their mailbox is. The account's has a switch of its own under Add-Ons."""
    if mailbox.connection is None or mailbox.user_id is None:
        return
    if mailbox.enabled:
        addons.enable(mailbox.account, mailbox.connection.addon, by=by, user=mailbox.user_id)
    else:
        addons.disable(mailbox.account, mailbox.connection.addon, by=by, user=mailbox.user_id)


def switch_off(mailbox: Mailbox, *, by: Actor) -> Freed:
    """An admin's word: nothing leaves by it. Its settings stay; its owner, or an admin, switches it on again."""
    wanted = Options(False, mailbox.read_mail, mailbox.sender_name, mailbox.daily_cap, mailbox.files_as_links)
    return set_options(mailbox, None, wanted, by=by)


def make_default(mailbox: Mailbox, *, by: Actor) -> Freed:
    """Let it carry the mail that names nobody.

    Raises:
        Problem: it is not connected.
    """
    if mailbox.connection_id is None:
        raise Problem(_("This mailbox is not connected."), next=_("Choose one that is."))
    others = Mailbox.objects.filter(account=mailbox.account, is_default=True).exclude(pk=mailbox.pk)
    others.update(is_default=False, changed_at=clock.now())
    if not mailbox.is_default:
        _write(mailbox, is_default=True)
        _told("made_default", mailbox, by)
    return freed(mailbox)


def no_default(account: Account, *, by: Actor) -> Freed:
    """Let the account's own mailbox, or else the platform's sender, carry the mail that names nobody."""
    for row in Mailbox.objects.select_for_update().filter(account=account, is_default=True):
        _write(row, is_default=False)
        _told("no_longer_default", row, by)
    return Freed(MAIL, (account.pk,))


def disconnect(mailbox: Mailbox, *, by: Actor) -> Left | None:
    """Wipe everything that was entered. None: nothing was."""
    before = mailbox.connection
    if before is None:
        return None
    left = _give_up(before, by)
    _told("mailbox_disconnected", mailbox, by)
    _write(
        mailbox, connection=None, mailer="", address="", enabled=False, is_default=False, read_mail=False, **_UNREAD
    )  # fmt: skip
    return left


def give_up_waiting(account: Account, user_id: int, addon: str, *, by: Actor) -> None:
    """Forget a sign-in that waits for somebody else.

    Raises:
        NotFound: none does, or it is what carries the mailbox.
    """
    row = Connection.objects.filter(account=account, user=user_id, addon=addon, mailbox__isnull=True).first()
    if row is None:
        raise NotFound
    _give_up(row, by)


def fall_back(account: Account, wanted: bool, *, by: Actor) -> Freed:
    """Whether what a broken mailbox would hold leaves by the platform's own sender instead."""
    row, _made = MailHabits.objects.get_or_create(account=account)
    if row.falls_back != wanted:
        MailHabits.objects.filter(account=account).update(falls_back=wanted)
        data = {"changed": {"falls_back": [row.falls_back, wanted]}}
        record("mail_habits_changed", "account", account.pk, by=by, account_id=account.pk, data=data)
    return Freed(MAIL, (account.pk,))


def set_most_a_day(account: Account, wanted: int, *, by: Actor) -> Freed:
    """How many e-mails one contact gets from the account in a day.

    Raises:
        Invalid: fewer than one, or so many that it would stop no loop.
    """
    if not 1 <= wanted <= MOST_A_CONTACT:
        raise Invalid({"most_a_day": _("Enter a number from 1 to %(n)d.") % {"n": MOST_A_CONTACT}})
    row, _made = MailHabits.objects.get_or_create(account=account)
    if row.most_a_day != wanted:
        MailHabits.objects.filter(account=account).update(most_a_day=wanted)
        data = {"changed": {"most_a_day": [row.most_a_day, wanted]}}
        record("mail_habits_changed", "account", account.pk, by=by, account_id=account.pk, data=data)
    return Freed(MAIL, (account.pk,))


def freed(mailbox: Mailbox) -> Freed:
    """The account's held mail."""
    return Freed(MAIL, (mailbox.account_id,))


def _give_up(connection: Connection, by: Actor) -> Left:
    """Sign out, and forget all of it."""
    auth = hosted.auth_of(connection.addon)
    settings = {} if auth is None else trying.settings_of(connection)
    tokens = sign_ins.sign_out(connection, connection.addon, by=by) if auth is not None else None
    connection.refresh_from_db()
    addons.wipe(connection, by=by)
    return Left(connection.addon, tokens, settings)


def _write(mailbox: Mailbox, **values: Any) -> None:
    values["changed_at"] = clock.now()
    for name, value in values.items():
        setattr(mailbox, name, value)
    mailbox.save(update_fields=list(values))


def _told(verb: str, mailbox: Mailbox, by: Actor, data: Mapping[str, Any] | None = None) -> None:
    about = {"name": mailbox.address or str(mailbox.user or ""), "user": mailbox.user_id}
    record(verb, "mailbox", mailbox.pk, by=by, account_id=mailbox.account_id, data={**about, **(data or {})})
