"""By which mailbox an e-mail would go: asked of the mail room, which stands above this one and says at the start whom to ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from hub.addons.connections import ConnectionState

SEND = "mail.send"
"""The kind of step that mailboxes carry."""

Look = Callable[[int, int | None, Collection[str]], Mapping[str, ConnectionState]]
"""An account, whom the contact is assigned to, and what steps name as their senders → sender → the doorway's answer."""

Takes = Callable[[int, str], bool]
"""Whether an e-mail by this sender would be taken: there is a mailbox, and it is on."""

_look: Look | None = None
_takes: Takes | None = None


def use(look: Look, takes: Takes) -> None:
    """Say who knows."""
    global _look, _takes
    _look, _takes = look, takes


def states(account_id: int, user_id: int | None, senders: Collection[str]) -> Mapping[str, ConnectionState]:
    """Whether an e-mail could leave now, by sender; nothing is known where there is no mail room."""
    return _look(account_id, user_id, senders) if _look and senders else {}


def takes(account_id: int, sender: str) -> bool:
    """Whether an e-mail may be asked for."""
    return _takes is not None and _takes(account_id, sender)
