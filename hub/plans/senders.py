"""By which mailbox an e-mail would go, and what it would say: asked of the mail room, which stands above this one and says at the
start whom to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.accounts.models import Account
from hub.addons.connections import ConnectionState
from hub.core import facts
from hub.core.settings import Settings
from hub.plans.readable import Line

SEND = "mail.send"
"""The kind of step that mailboxes carry."""


@dataclass(frozen=True, slots=True)
class Written:
    """An e-mail as it would leave.

    Attributes:
        problems: sentences for what would stop it.
        warnings: sentences for what may not be as meant.
        link_instead: its provider may refuse a file of it, which can be given as a link.
    """

    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    link_instead: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of an e-mail to somebody before its text is filled.

    Attributes:
        state: the doorway's answer for the mailbox that would carry it.
        skips: why it would be passed over, as things stand.
        waits: why it would wait, although its mailbox is open.
        write: the step's settings, their tokens filled → the e-mail.
    """

    state: ConnectionState
    skips: str
    waits: str
    write: Callable[[Settings], Written]


Look = Callable[[Account, facts.Contact, Mapping[str, Mapping[str, Any]]], Mapping[str, Letter]]
"""An account, a contact, and the settings of steps by their keys → what is known of each step's e-mail."""

Takes = Callable[[int, str], bool]
"""Whether an e-mail by this sender would be taken: there is a mailbox, and it is on."""

_look: Look | None = None
_takes: Takes | None = None


def use(look: Look, takes: Takes) -> None:
    """Say who knows."""
    global _look, _takes
    _look, _takes = look, takes


def letters(account: Account, person: facts.Contact, steps: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Letter]:
    """The e-mails of these steps to somebody; nothing is known where there is no mail room."""
    return _look(account, person, steps) if _look and steps else {}


def takes(account_id: int, sender: str) -> bool:
    """Whether an e-mail may be asked for."""
    return _takes is not None and _takes(account_id, sender)
