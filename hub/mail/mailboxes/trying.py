"""Trying a mailbox before anything of it is kept: who typed a wrong password still has the mailbox that they had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import changes, connections, installed
from hub.addons.models import Connection
from hub.addons.oauth import hosted
from hub.core.mail_form import BESIDE
from hub.core.settings import secret_names
from hub.db.errors import Invalid, Problem
from hub.mail.mailboxes import offers
from hub.mail.mailboxes.offers import Offer


def candidate(
    account: Account, user_id: int | None, offer: Offer, given: Mapping[str, Any], current: Connection | None
) -> Connection:
    """A connection as it would be, in no table yet. A password left empty is the stored one, if it goes where it went before.

    Raises:
        Invalid: with a sentence a field.
        Problem: the plugin does not run.
    """
    plugin = installed.plugin(offer.info.name)
    if plugin is None:
        raise Problem(_("The plugin for %(title)s is not running.") % {"title": offer.title}, code="plugin_missing")
    stored = _stored(offer, given, current)
    outcome = hosted.check(offer.info, changes.merged(plugin, filled(offer, given), stored))
    if not outcome.ok:
        raise Invalid(outcome.by_field)
    hidden = secret_names(offer.info.settings)
    return Connection(
        account=account, addon=offer.info.name, user_id=user_id, enabled=True, complete=True,
        settings={name: value for name, value in outcome.clean.items() if name not in hidden},
        secrets={name: value for name, value in outcome.clean.items() if name in hidden and value},
    )  # fmt: skip


def filled(offer: Offer, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, with what the choice of the provider says."""
    return {**given, **({"provider": offer.provider} if offer.provider else {})}


def _stored(offer: Offer, given: Mapping[str, Any], current: Connection | None) -> dict[str, Any]:
    """The secrets that may be used again: those of the same add-on, for the same address at the same servers."""
    if current is None or current.addon != offer.info.name or not current.settings:
        return {}
    if not same_place(offer, given, current):
        return {}
    opened = connections.known_settings(current)
    return {name: opened[name] for name in secret_names(offer.info.settings) if opened.get(name)}


def same_place(offer: Offer, given: Mapping[str, Any], current: Connection) -> bool:
    """Whether a password would go to the very servers, and for the very address, for which it was entered."""
    before, after = current.settings, filled(offer, given)
    mine = offers.of_connection([offer], current)
    names = {name for name in (*before, *after) if name not in BESIDE and name != "provider" and offer.asks(name)}
    hidden = secret_names(offer.info.settings)
    return mine is not None and all(_plain(before.get(one)) == _plain(after.get(one)) for one in names - hidden)


def _plain(value: Any) -> str:
    return str("" if value is None else value).strip()


def settings_of(connection: Connection) -> dict[str, Any]:
    """What a tried connection holds, to be kept."""
    return connections.open_settings(connection)
