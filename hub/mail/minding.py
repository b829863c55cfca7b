"""What stands against a mail, whichever mailbox would carry it: asked for a whole batch, before anything is composed.

Marketing mail goes to nobody who takes e-mail no more or stands on the account's list of suppressed addresses; such a step is
passed over, and its plan goes on. And nobody gets more mails of an account in a day than the account has chosen, so that two
plans, or a loop of machines, flood no one: the rest waits for the next day. What goes to somebody else than the contact is not
asked about.

An account whose links are screened, as new ones are, sends none that lead away from us (:mod:`hub.mail.screening`): the mail is
composed as it would leave and looked at, and waits until the screening is over or an operator lifts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import installed
from hub.contacts.models import Contact
from hub.core import facts
from hub.core.mail import Message
from hub.db import clock
from hub.dispatch import binding
from hub.mail import habits, screening
from hub.mail.composing import About, Sender, compose
from hub.mail.footer import Footer
from hub.mail.loading import NO_FILES, Files, name_of
from hub.mail.models import SentMail, Suppression
from hub.mail.suppressing import reads as suppressing
from hub.mail.unsubscribing import links
from hub.plans.facts import account_facts
from hub.plans.zones import on_the_clock, zone_of
from hub.steps.email import Email

NOBODY = "screened@mail.invalid"
"""Who sends what is only looked at."""

LOOK_AGAIN = timedelta(hours=1)
"""How long a screened mail waits at the most before it is looked at again: a person may have lifted the screening."""


class Ask(NamedTuple):
    """A mail that would leave, and to whom."""

    run_id: UUID | int
    account: Account
    contact_id: int
    contact: facts.Contact
    options: Mapping[str, Any]
    files: Files = NO_FILES

    @property
    def email(self) -> str:
        return self.contact.email


@dataclass(frozen=True, slots=True)
class Word:
    """The answer.

    Attributes:
        unwanted: that it was passed over, and why; empty where it is not. ``why`` is the reason alone, before it is.
        not_before: when there is room for it again; None is now.
        full: why it waits.
        screened, look_at: why it may not leave yet, and when it is looked at again.
    """

    unwanted: str = ""
    not_before: datetime | None = None
    full: str = ""
    screened: str = ""
    look_at: datetime | None = None
    why: str = ""


NOTHING = Word()


def of(asked: Iterable[Ask]) -> dict[UUID | int, Word]:
    """By run. Three queries for any number of mails, none where there is none."""
    asks, now = list(asked), clock.now()
    if not asks:
        return {}
    theirs = [ask for ask in asks if not Email.leaves_out(ask.options)]
    refusing = _refusing(theirs)
    listed = suppressing.among((ask.account.pk, ask.email) for ask in theirs if _is_marketing(ask))
    full = _full(theirs, now) if theirs else {}
    words = _words(theirs, refusing, listed, full)
    screened = [ask for ask in asks if is_screened(ask.account, now)]
    return words | {ask.run_id: _screened(ask, words.get(ask.run_id, NOTHING), now) for ask in screened}


def is_screened(account: Account, now: datetime) -> bool:
    """Whether the account may send no links that lead away from us."""
    return account.link_screening_until is not None and account.link_screening_until > now


def _screened(ask: Ask, word: Word, now: datetime) -> Word:
    """The mail as it would leave, held against its links. One that cannot be composed says so itself when its turn comes."""
    supply = binding.supply_of(ask.contact, account_facts(ask.account), installed.registry().token_sets)
    try:
        step, _empty = binding.step(Email, ask.options, supply)
    except binding.BadSettings:
        return word
    below = Footer.of(account_facts(ask.account), links.sample())  # a signature can look like a domain
    about = About("<screened@mail.invalid>", footer=below, files=(ask.files.there, ()))
    made = compose(step, ask.contact, Sender(NOBODY, name_of(None, ask.account)), about)
    found = (
        screening.external(made, {urlsplit(settings.HUB_PUBLIC_URL).hostname or ""})
        if isinstance(made, Message)
        else ()
    )
    until = ask.account.link_screening_until
    if not found or until is None:
        return word
    sentence = _(
        "The account is new, so its e-mails may not lead to other places yet ({links}). Take the link out of the step, "
        "or wait until {day}; an operator can lift this."
    ).format(links=", ".join(found[:3]), day=until.date().isoformat())
    return replace(word, screened=sentence, look_at=min(until, now + LOOK_AGAIN))


def _is_marketing(ask: Ask) -> bool:
    return bool(ask.options.get("kind", "marketing") == "marketing")


def _words(
    asks: Sequence[Ask],
    refusing: set[int],
    listed: Mapping[tuple[int, str], Suppression],
    full: Mapping[tuple[int, int], Share],
) -> dict[UUID | int, Word]:
    """One after the other: those of a batch that may leave take their contact's share of the day, too."""
    words: dict[UUID | int, Word] = {}
    leaving: Counter[tuple[int, int]] = Counter()
    for ask in asks:
        key = (ask.account.pk, ask.contact_id)
        words[ask.run_id] = word = _word(ask, refusing, listed, full, leaving[key])
        leaving[key] += word is NOTHING
    return words


def _word(
    ask: Ask,
    refusing: set[int],
    listed: Mapping[tuple[int, str], Suppression],
    full: Mapping[tuple[int, int], Share],
    leaving: int,
) -> Word:
    if _is_marketing(ask):
        if ask.contact_id in refusing:
            return Word(
                _("The contact wants no marketing mail, so this one was passed over."),
                why=_("The contact wants no marketing mail."),
            )
        row = listed.get((ask.account.pk, suppressing.same(ask.email)))
        if row is not None:
            return _listed(row)
    share = full.get((ask.account.pk, ask.contact_id))
    if share is None or leaving < share.left:
        return NOTHING
    sentence = _("The contact has had {most} e-mails of this account today; the next one waits for tomorrow.")
    return Word(not_before=share.until, full=sentence.format(most=share.most))


def _listed(row: Suppression) -> Word:
    told = {"address": row.address, "why": row.get_why_display().lower()}
    passed = _(
        "{address} gets no more marketing mail of this account ({why}), so this one was passed over. "
        "The list is under Settings, Suppressed addresses."
    )
    reason = _(
        "{address} gets no more marketing mail of this account ({why}). The list is under Settings, Suppressed addresses."
    )
    return Word(passed.format(**told), why=reason.format(**told))


def _refusing(asks: Sequence[Ask]) -> set[int]:
    """Those whose consent to e-mail was taken back."""
    ids = {ask.contact_id for ask in asks if _is_marketing(ask)}
    return set(Contact.objects.filter(pk__in=ids, email_ok=False).values_list("pk", flat=True)) if ids else set()


class Share(NamedTuple):
    """How many mails a contact gets in a day, how many of them are left, and when the day is over."""

    most: int
    left: int
    until: datetime


def _full(asks: Sequence[Ask], now: datetime) -> dict[tuple[int, int], Share]:
    """Account and contact → their share, for those who had mails today or would get several now. What accounts have chosen is
    asked only where there are any."""
    days = {ask.account.pk: _day(ask.account, now) for ask in asks}
    earliest = min(since for since, _until in days.values())
    rows = SentMail.objects.filter(
        account_id__in=days, contact_id__in={ask.contact_id for ask in asks}, sent_at__gte=earliest
    ).order_by()
    had = {
        (account, contact): n
        for account, contact, n in rows.values_list("account_id", "contact_id").annotate(n=Count("pk"))
    }
    wanted = Counter((ask.account.pk, ask.contact_id) for ask in asks)
    asked = had.keys() | {key for key, number in wanted.items() if number > 1}
    chosen = habits.most_a_day(account_id for account_id, _contact in asked)
    found: dict[tuple[int, int], Share] = {}
    for account_id, contact_id in asked:
        sent, (since, until), most = had.get((account_id, contact_id), 0), days[account_id], chosen[account_id]
        if sent + wanted[account_id, contact_id] > most and sent and since > earliest:
            # another account's day began before, so some may be of yesterday
            sent = rows.filter(account_id=account_id, contact_id=contact_id, sent_at__gte=since).count()
        found[account_id, contact_id] = Share(most, max(0, most - sent), until)
    return found


def room(account: Account, contacts: Iterable[int], now: datetime) -> dict[int, int]:
    """How many more mails each of these contacts gets today. Only a look: :func:`of` decides."""
    since, _until = _day(account, now)
    most = habits.most_a_day([account.pk])[account.pk]
    rows = SentMail.objects.filter(account_id=account.pk, contact_id__in=set(contacts), sent_at__gte=since).order_by()
    had = dict(rows.values_list("contact_id").annotate(n=Count("pk")))
    return {one: max(0, most - had.get(one, 0)) for one in contacts}


def _day(account: Account, now: datetime) -> tuple[datetime, datetime]:
    """The account's midnights before and after this moment."""
    zone = zone_of(account.time_zone)
    today = now.astimezone(zone).date()
    return on_the_clock(today, time(), zone), on_the_clock(today + timedelta(days=1), time(), zone)
