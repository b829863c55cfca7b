"""The hooks: everything a plugin may add to the hub.

A plugin is a module (or an object) with functions marked ``@hookimpl`` under these names. Each is called once, after the
plugin is loaded; what it returns is kept. The short way to write all of them at once is :class:`hub.core.AddOn`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from hub.core.actions import Action
    from hub.core.addon import AddOnInfo
    from hub.core.auth import Auth
    from hub.core.mail import Mailer
    from hub.core.records import Mapping, Trigger, Webhook
    from hub.core.tokens import TokenSet

PROJECT = "hub"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hub_addon() -> AddOnInfo:  # type: ignore[empty-body]
    """The add-on's public face: name, title, settings form, address, credential, rate, error table."""


@hookspec
def hub_actions() -> Iterable[Action]:  # type: ignore[empty-body]
    """The action types it claims. One type, one owner."""


@hookspec
def hub_triggers() -> Iterable[Trigger | Webhook]:  # type: ignore[empty-body]
    """The ways records come in: pulled page by page, or pushed by the vendor."""


@hookspec
def hub_mappings() -> Iterable[Mapping]:  # type: ignore[empty-body]
    """The tables an account fills to turn the vendor's choices into its own."""


@hookspec
def hub_auth() -> Iterable[Auth]:  # type: ignore[empty-body]
    """The credentials its calls are signed with."""


@hookspec
def hub_mailers() -> Iterable[Mailer]:  # type: ignore[empty-body]
    """The ways it sends mail in a person's name, and reads the answers."""


@hookspec
def hub_tokens() -> Iterable[TokenSet]:  # type: ignore[empty-body]
    """Tokens it supplies for texts, beside the contact's and the account's."""
