"""An e-mail before it is due: who would send it, to whom, what it would say, and what would keep it back.

For previews and for the test that goes to whoever writes the step. The way, the words, the files and what stands against it come
from the very functions that the engine uses when the step runs. Nothing is written, and the links in it belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections
from hub.core import facts
from hub.core.mail import Message, is_address
from hub.core.outcomes import Outcome
from hub.core.registry import Plugin
from hub.core.settings import Settings
from hub.mail import carrying, composing, flat, minding, platform, resolving
from hub.mail.carrying import Carrying
from hub.mail.files.enclosing import Split
from hub.mail.files.looking import size_words
from hub.mail.files.reads import Enclosed
from hub.mail.loading import NO_FILES, Files, files_of
from hub.mail.resolving import Route
from hub.plans.readable import Line
from hub.plans.senders import Letter, Written
from hub.steps.email import Email

REF = "hub-preview"
"""Stands where a step run's reference would."""

SHORT = "…"
"""Stands for the signed part of a file's link."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """One e-mail's way, files and obstacles.

    Attributes:
        way: who carries it; None where there is no mailer to ask, and then ``plugin`` is None, too.
        settings: what the mailer's form says of the sender: ``address``, ``sender_name``.
    """

    route: Route
    word: minding.Word
    files: Files
    way: Carrying | None
    plugin: Plugin | None
    settings: Any


def letters(account: Account, person: facts.Contact, steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Letter]:
    """What is known of the e-mails of these steps, by the steps' keys. A dozen queries for any number."""
    return {
        key: Letter(one.route.state, one.word.why, one.word.screened, partial(_written, account, person, one))
        for key, one in prospects(account, person, steps).items()
    }


def prospects(account: Account, person: facts.Contact, steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Prospect]:
    """The same before it is put into words."""
    numbered = list(enumerate(steps.items()))
    routes = resolving.of(
        resolving.Ask(n, account.pk, _assigned(person), str(options.get("sender") or ""))
        for n, (_key, options) in numbered
    )
    files = files_of((n, account.pk, options) for n, (_key, options) in numbered)
    contact_id = int(person.id) if person.id.isdigit() else 0
    words = minding.of(
        minding.Ask(n, account, contact_id, person, options, files.get(n, NO_FILES)) for n, (_key, options) in numbered
    )
    settings = _settings(routes.values())
    return {
        key: _prospect(
            account, routes[n], words.get(n, minding.NOTHING), files.get(n, NO_FILES), settings, str(options.get("text") or "")
        )
        for n, (key, options) in numbered
    }  # fmt: skip


def _assigned(person: facts.Contact) -> int | None:
    user = person.assigned_user
    return int(user.id) if user and user.id.isdigit() else None


def _settings(routes: Iterable[Route]) -> dict[int, Mapping[str, Any]]:
    """What is not secret in the settings of each connection."""
    ids = {route.state.connection_id for route in routes if route.state.connection_id}
    return {id_: row.settings for id_, row in connections.by_id(ids).items()}


def _prospect(
    account: Account,
    route: Route,
    word: minding.Word,
    files: Files,
    settings: Mapping[int, Mapping[str, Any]],
    text: str,
) -> Prospect:
    found = carrying.of(route, account, None, files, sample=True, text=text)
    way = platform.way() if route.by_platform else None
    told = way.settings if way else settings.get(route.state.connection_id or 0, {})
    sender = SimpleNamespace(address=told.get("address", ""), sender_name=told.get("sender_name", ""))
    if not sender.address and route.mailbox is not None:
        sender.address = route.mailbox.address
    return Prospect(route, word, files, found[1] if found else None, found[0].plugin if found else None, sender)


# --- in words -----------------------------------------------------------------------------------------------------


def _written(account: Account, person: facts.Contact, one: Prospect, filled: Settings) -> Written:
    """The e-mail in lines. Where sender or receiver is not known, all others are told all the same."""
    assert isinstance(filled, Email)
    to, known = composing.receiver(filled, person), is_address(one.settings.address)
    reader = person if is_address(to) else person.model_copy(update={"email": minding.NOBODY})
    way = _shown(account, one)
    sender = one.settings if known else SimpleNamespace(address=minding.NOBODY, sender_name="")
    message = way.composed(sender, REF, filled, reader)
    strange = (
        (_("“{to}” is no address that mail can be sent to.").format(to=to),) if to and reader is not person else ()
    )
    if isinstance(message, Outcome):
        return Written(problems=(*strange, message.sentence()))
    split, flattened = way.split(filled.files_as), flat.changed(filled, way.text)
    warnings, instead = _refusable(one, split)
    warnings += (flat.warning(flattened),) if flattened else ()
    lines = _lines(message, way, filled, person, split, known, to)
    return Written(tuple(line for line in lines if line.text), strange, warnings, instead)


def _shown(account: Account, one: Prospect) -> Carrying:
    """The way with the links of its files cut short; a way of nobody's where there is none."""
    there = tuple(one_file._replace(address=_short(one_file.address)) for one_file in one.files.there)
    files = replace(one.files, there=there)
    if one.way is not None:
        return replace(one.way, files=files)
    return carrying.nobodys(account, files)


def _short(address: str) -> str:
    return f"{address.rpartition('/')[0]}/{SHORT}" if address else ""


def _lines(
    message: Message, way: Carrying, filled: Email, person: facts.Contact, split: Split, known: bool, to: str
) -> tuple[Line, ...]:
    below = way.footer(person).text() if composing.is_marketing(filled) else ""
    sender = f"{message.sender_name} <{message.sender}>" if message.sender_name else message.sender
    attached, linked = split
    return (
        Line("mail_from", _("From"), sender if known else ""),
        Line("mail_to", _("To"), to),
        Line("mail_reply_to", _("Answers go to"), message.reply_to),
        Line("mail_subject", _("Subject"), message.subject),
        Line("mail_text", _("Text"), message.text.removesuffix(below).strip(), long=True),
        Line("mail_footer", _("Footer"), below.removeprefix("-- \n").strip(), long=True),
        Line("mail_attached", _("Attached"), _names(attached), long=True),
        Line("mail_linked", _("Given as a link"), _names(linked), long=True),
    )


def _names(files: Iterable[Enclosed]) -> str:
    return "\n".join(f"{one.name} ({size_words(one.size)})" for one in files)


def _refusable(one: Prospect, split: Split) -> tuple[tuple[str, ...], bool]:
    """A warning where the provider is known to refuse a kind of file that would be attached; and whether a link helps."""
    advised = one.way.mailer.as_links if one.way else ()
    found = [file for file in split[0] if file.kind in advised]
    if not found or one.plugin is None:
        return (), False
    told = {"title": one.plugin.info.title, "names": ", ".join(file.name for file in found)}
    linkable = all(file.address for file in found)
    sentence = (
        _("{title} may refuse some PDF files, and this e-mail with them: {names}. Give it as a link to be safe.")
        if linkable
        else _("{title} may refuse some PDF files, and this e-mail with them: {names}. It cannot be given as a link, for the "
               "hub has no public address yet; an operator can give it one.")
    )  # fmt: skip
    return (sentence.format(**told),), linkable
