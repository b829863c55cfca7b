"""Asking an account's vendor something while a person waits: one function of the plugin, with the account's credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.addons import connections, installed
from hub.addons.models import Connection
from hub.core.addon import AddOnInfo
from hub.db import clock
from hub.dispatch import calls

Question = Callable[..., Awaitable[Any]]


def info_of(connection: Connection) -> AddOnInfo | None:
    """The add-on of a connection, while its plugin runs."""
    plugin = installed.plugin(connection.addon)
    return plugin.info if plugin else None


def ask(connection: Connection, info: AddOnInfo, question: Question) -> Any:
    """The function's value, or an ``Outcome`` that says who must act. Never raises for the vendor or the plugin.

    It takes as long as the vendor takes: call it outside of any transaction.
    """
    settings = connections.open_settings(connection)
    return calls.ask(installed.outside(), info, settings, question, clock.now())
