"""Which mailbox carries a mail: found out for a whole batch at once, anew for every try.

A step names its sender: nobody (the account's default mailbox), the contact's assigned user, a user, or a mailer. A mailbox that
is off, disconnected or refused, or whose owner has left, holds its mails, for nobody's mail leaves by another way unasked; only
an account that has chosen so falls back to the platform's own sender. An account that has no mailbox at all sends through the
platform, and one that has switched a mailer on under Add-Ons and never opened its mail settings sends through that. Where a try
may have left already, the connection it left by is asked, whatever was chosen since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from hub.addons import connections, installed
from hub.addons.connections import ConnectionState
from hub.addons.models import Connection
from hub.addons.wording import Reason
from hub.db.scoping import id_in
from hub.mail import owners, platform, wording
from hub.mail.models import Mailbox, MailHabits
from hub.steps.email import ASSIGNED

SEND = "mail.send"
"""The action type whose steps are carried so."""

ADDON = "mail"
"""The add-on of such steps, whichever mailbox carries them."""


_MENDED = (Reason.NEEDS_ADMIN, Reason.NEEDS_SIGN_IN, Reason.INCOMPLETE)
"""What is switched on and waits for somebody."""


class Ask(NamedTuple):
    """Whose mail it is, and what its step says.

    Attributes:
        user_id: whom the contact is assigned to.
        sender: the step's own word.
        left_by: the connection by which a try may have left; 0 is the platform's sender, None where none may have.
    """

    run_id: UUID | int
    account_id: int
    user_id: int | None = None
    sender: str = ""
    left_by: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """By which way a mail leaves.

    Attributes:
        state: the doorway's answer for the way's connection, worded for mail; not active where nothing may leave now.
        mailer: ``addon.mailer``; empty where there is no way.
        mailbox: None for the platform's sender, and for a mailer that was switched on without a mailbox.
        by_platform: it is the platform's own sender.
    """

    state: ConnectionState
    mailer: str = ""
    mailbox: Mailbox | None = None
    by_platform: bool = False


def of(asked: Iterable[Ask]) -> dict[UUID | int, Route]:
    """The way of each, by run. Four or five queries for any number."""
    asks = list(asked)
    if not asks:
        return {}
    known = _known(asks)
    return {ask.run_id: _route(ask, known) for ask in asks}


def takes(account_id: int, sender: str) -> bool:
    """Whether a mail by this sender may be asked for: there is a way, and it is switched on. A refused one takes it and waits."""
    route = of([Ask(0, account_id, None, sender)])[0]
    return bool(route.mailer) and (route.state.active or route.state.reason in _MENDED)


def people(account_id: int) -> list[tuple[str, str]]:
    """Who may be named as a sender: the text that a step holds, and how people know the mailbox."""
    rows = Mailbox.objects.filter(owners.HERE, account_id=account_id, user__isnull=False)
    rows = rows.exclude(mailer="", connection=None)
    return [(str(row.user_id), _label(row)) for row in rows.select_related("user").order_by("user__first_name", "pk")]


def _label(row: Mailbox) -> str:
    name = row.user.label if row.user else ""
    return f"{name} ({row.address})" if row.address else name


# --- what is known ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything the batch needs, by account."""

    mailboxes: dict[int, list[Mailbox]]
    plain: dict[int, list[Connection]]
    states: dict[int, ConnectionState]
    by_connection: dict[int, Mailbox]
    addons: dict[int, str]
    fall_back: set[int]
    left: frozenset[int]


def _known(asks: Sequence[Ask]) -> _Known:
    accounts = {ask.account_id for ask in asks}
    mailboxes = _mailboxes(asks, accounts)
    named = {ask.account_id for ask in asks if "." in ask.sender}
    plain = _plain(named | {one for one in accounts if not _has_usual(mailboxes.get(one, []))})
    rows = [row for found in mailboxes.values() for row in found]
    left_by = {ask.left_by for ask in asks if ask.left_by}
    ids = {row.connection_id for row in rows} | {row.pk for found in plain.values() for row in found} | left_by
    states = connections.states_of(id_ for id_ in ids if id_ is not None)
    return _Known(
        mailboxes, plain, states,
        {row.connection_id: row for row in rows if row.connection_id is not None},
        {id_: state.addon for id_, state in states.items()},
        _falling_back(accounts), frozenset(row.pk for row in rows if not getattr(row, "here", True)),
    )  # fmt: skip


def _mailboxes(asks: Sequence[Ask], accounts: set[int]) -> dict[int, list[Mailbox]]:
    """Those that can be meant, with whether their owners are ``here``: an account may have hundreds. One in which nothing was
    ever chosen says nothing."""
    named = {id_ for ask in asks for id_ in (ask.user_id, id_in(ask.sender)) if id_}
    left_by = {ask.left_by for ask in asks if ask.left_by}
    meant = Q(is_default=True) | Q(user=None) | Q(user_id__in=named) | Q(connection_id__in=left_by)
    rows = Mailbox.objects.filter(meant, account_id__in=accounts).exclude(mailer="", connection=None)
    found: dict[int, list[Mailbox]] = {}
    for row in owners.told(rows).select_related("user").order_by("-is_default", "pk"):
        found.setdefault(row.account_id, []).append(row)
    return found


def _has_usual(mine: Sequence[Mailbox]) -> bool:
    return any(row.is_default or row.user_id is None for row in mine)


def _plain(accounts: set[int]) -> dict[int, list[Connection]]:
    """Mailers that these accounts have under Add-Ons: on, or off with all their settings, which hold what they would send."""
    mailers = mailers_by_addon()
    if not accounts or not mailers:
        return {}
    there = Q(enabled=True) | Q(complete=True)
    rows = Connection.objects.filter(there, account_id__in=accounts, user=None, addon__in=mailers)
    found: dict[int, list[Connection]] = {}
    for row in rows.defer("secrets", "settings"):
        found.setdefault(row.account_id, []).append(row)
    return found


def mailers_by_addon() -> dict[str, str]:
    """The first mailer of each loaded add-on that has one."""
    plugins = installed.registry().plugins.values()
    return {plugin.info.name: plugin.info.mailers[0].name for plugin in plugins if plugin.info.mailers}


def _falling_back(accounts: set[int]) -> set[int]:
    if platform.way() is None:
        return set()
    rows = MailHabits.objects.filter(account_id__in=accounts, falls_back=True)
    return set(rows.values_list("account_id", flat=True))


# --- which one ----------------------------------------------------------------------------------------------------


def _route(ask: Ask, known: _Known) -> Route:
    if ask.left_by is not None:
        return _as_it_left(ask, known)
    mine = known.mailboxes.get(ask.account_id, [])
    route = _chosen(ask, mine, known)
    if not route.state.active and ask.account_id in known.fall_back:
        return _by_platform(ask)
    return route


def _as_it_left(ask: Ask, known: _Known) -> Route:
    """The connection of the try that may have left; gone, when its mailbox was disconnected for good."""
    if ask.left_by == 0:
        return _by_platform(ask)
    row = known.by_connection.get(ask.left_by or 0)
    if row is not None:
        return _by_mailbox(row, known)
    state = known.states.get(ask.left_by or 0)
    if state is None:
        return Route(_closed(ask.account_id, wording.GONE))
    return Route(state, mailers_by_addon().get(state.addon, ""))


def _chosen(ask: Ask, mine: Sequence[Mailbox], known: _Known) -> Route:
    person = ask.user_id if ask.sender == ASSIGNED else id_in(ask.sender)
    row = next((one for one in mine if person and one.user_id == person), None)
    if row is None and "." in ask.sender:
        usual = (one for one in mine if one.is_default or one.user_id is None)
        row = next((one for one in usual if one.mailer == ask.sender), None)
        if row is None:
            return _by_mailer(ask, ask.sender, known)
    if row is None and ask.sender not in ("", ASSIGNED):
        return Route(_closed(ask.account_id, wording.NO_SUCH_SENDER))
    return _by_mailbox(row, known) if row is not None else _usual(ask, mine, known)


def _usual(ask: Ask, mine: Sequence[Mailbox], known: _Known) -> Route:
    """The default mailbox, else the account's own, else what was switched on without a mailbox, else the platform's sender."""
    row = next((one for one in mine if one.is_default), None) or next(
        (one for one in mine if one.user_id is None), None
    )
    if row is not None:
        return _by_mailbox(row, known)
    if known.plain.get(ask.account_id):
        return _by_mailer(ask, "", known)
    return _by_platform(ask)


def _by_mailer(ask: Ask, mailer: str, known: _Known) -> Route:
    """A mailer of the account's Add-Ons page: the one that is named, else the first that is on, by its title."""
    rows = [one for one in known.plain.get(ask.account_id, []) if not mailer or mailer.partition(".")[0] == one.addon]
    states = sorted((known.states[row.pk] for row in rows if row.pk in known.states), key=_on_first)
    if not states:
        return Route(_closed(ask.account_id, wording.NO_SUCH_SENDER))
    return Route(states[0], mailer or mailers_by_addon().get(states[0].addon, ""))


def _on_first(state: ConnectionState) -> tuple[bool, str]:
    return state.reason is Reason.OFF, state.title


def _by_mailbox(row: Mailbox, known: _Known) -> Route:
    if row.pk in known.left:
        return Route(_closed(row.account_id, wording.left(row), Reason.OFF), mailbox=row)
    if not row.enabled:
        return Route(_closed(row.account_id, wording.off(row), Reason.OFF), mailbox=row)
    state = known.states.get(row.connection_id or 0)
    if state is None:
        return Route(_closed(row.account_id, wording.disconnected(row)), mailbox=row)
    worded = replace(state, words=wording.of(state, row)) if not state.active else state
    return Route(worded, row.mailer or mailers_by_addon().get(state.addon, ""), row)


def _by_platform(ask: Ask) -> Route:
    if platform.way() is None:
        return Route(_closed(ask.account_id, wording.NO_MAILBOX))
    open_ = ConnectionState(ask.account_id, ADDON, active=True, reason=Reason.NONE, title=wording.TITLE)
    return Route(open_, platform.MAILER, by_platform=True)


def _closed(account_id: int, words: object, reason: Reason = Reason.INCOMPLETE) -> ConnectionState:
    return ConnectionState(account_id, ADDON, active=False, reason=reason, title=wording.TITLE, words=str(words))
