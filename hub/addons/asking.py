"""Asking an account's vendor something while a person waits: one function of the plugin, with the account's credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.addons import connections, installed, wording
from hub.addons.models import Connection
from hub.addons.oauth import hosted, keeping
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.errors import Unreachable
from hub.core.outcomes import NeedsAdmin
from hub.db import clock
from hub.dispatch import calls
from hub.dispatch.grant_moves import signed_out
from hub.dispatch.live import Intend
from hub.dispatch.plain import plain

Question = Callable[..., Awaitable[Any]]


def info_of(connection: Connection) -> AddOnInfo | None:
    """The add-on of a connection, while its plugin runs."""
    plugin = installed.plugin(connection.addon)
    return plugin.info if plugin else None


def ask(connection: Connection, info: AddOnInfo, question: Question, intend: Intend | None = None) -> Any:
    """The function's value, or an ``Outcome`` that says who must act. Never raises for the vendor or the plugin.

    It takes as long as the vendor takes: call it outside of any transaction.

    Args:
        intend: where the question is one write; it is asked before the write leaves.
    """
    if connections.is_sealed_away(connection):
        return NeedsAdmin(wording.key_lost())
    settings, sign_in = connections.open_settings(connection), keeping.sign_in_of(connection)
    if not connection.complete:  # the lists of what is still to be chosen must be read before it is chosen
        settings = {**hosted.left_open(info), **settings}
    if sign_in is None and isinstance(info.auth, OAuth2) and not settings.get(info.auth.field):
        return NeedsAdmin(signed_out(info.title), info.auth.field)
    try:
        with installed.visiting(info.name) as way_out:
            return calls.ask(way_out, info, settings, question, clock.now(), sign_in=sign_in, intend=intend)
    except Unreachable as rests:  # it holds its own event loop, or others wait for it already
        return plain(rests.outcome)
