"""Every write to availability, the switch and the settings; ``health`` and ``lending`` write the rest of a connection.

What a change sets free is told to the caller: :class:`Freed` names the accounts whose held steps may go on, and the edge hands
them to the engine, for this room knows nothing of steps.

A change with a ``user`` is to that person's own connection, for their mail (:mod:`hub.mail`); without one, to the account's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections, installed, wording
from hub.addons.models import Availability, Connection, OptionsCache
from hub.addons.oauth import hosted
from hub.addons.oauth.changes import account_replaced, app_replaced
from hub.addons.oauth.reads import standing
from hub.addons.writing import FRESH, Freed, freed, known, own, write, write_down
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.auth import MailboxLogin, OAuth2
from hub.core.mail_form import BESIDE
from hub.core.registry import Plugin
from hub.core.settings import fields_of, secret_names
from hub.db import clock
from hub.db.errors import Conflict, Invalid, Problem
from hub.dispatch.grant_moves import signed_out


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving the settings came to.

    Attributes:
        credential_replaced: the key is another one, so nothing that was learnt about the old one counts any more.
        freed: for the engine, when the steps that waited for the settings or the key may go on.
    """

    connection: Connection
    changed: tuple[str, ...] = ()
    credential_replaced: bool = False
    freed: Freed = field(default_factory=lambda: Freed(""))


# --- available: the operator's word -------------------------------------------------------------------------------


def make_available(account: Account, addon: str, *, by: Actor) -> Freed:
    """Let an account and all beneath it use an add-on."""
    known(addon)
    _row, made = Availability.objects.get_or_create(
        account=account, addon=addon, defaults={"by": by.label, "at": clock.now()}
    )
    if made:
        record("made_available", "addon", addon, by=by, account_id=account.pk)
    return _freed_beneath(account, addon) if made else Freed(addon)


def withdraw(account: Account, addon: str, *, by: Actor) -> bool:
    """Take that word back. Settings are kept, steps are held. False: it had not been given to this very account."""
    gone, _rows = Availability.objects.filter(account=account, addon=addon).delete()
    if gone:
        record("withdrawn", "addon", addon, by=by, account_id=account.pk)
    return bool(gone)


# --- on and off: the admin's word ---------------------------------------------------------------------------------


def enable(account: Account, addon: str, *, by: Actor, user: int | None = None) -> Freed:
    """Switch an add-on on for this account. Its settings may still be missing; the doorway then says so.

    Raises:
        Problem: it is not available to this account.
    """
    connection = own(account, addon, user)
    if not connection.enabled:
        write(connection, enabled=True)
        write_down("switched_on", connection, by=by)
    return freed(connection)


def disable(account: Account, addon: str, *, by: Actor, user: int | None = None) -> bool:
    """Switch it off. The settings stay; waiting steps are held with the reason. False: it was off already.

    The edge shows beforehand what this would hold; ``hub.plans`` counts it, for this room knows nothing of steps.
    """
    rows = Connection.objects.filter(account=account, addon=addon, user=user, enabled=True).defer("secrets", "settings")
    found = rows.first()
    if found is not None:
        write(found, enabled=False)
        write_down("switched_off", found, by=by)
    return found is not None


def save_settings(
    account: Account,
    addon: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    user: int | None = None,
) -> Saved:
    """Keep the settings an admin typed. A secret left empty stays as it is.

    Args:
        version: of the form the admin saw; another one in the meantime is a conflict.

    Raises:
        Invalid: with a sentence a field; a password that was left empty would go to another server than before.
        Conflict: somebody saved in between.
    """
    plugin = _loaded(addon)
    connection = own(account, addon, user, lock=True)
    if version is not None and connection.version != version:
        raise Conflict(
            _("Somebody else saved these settings while you were typing."),
            next=_("Look at what is stored, then save again."),
        )
    stored = connections.known_settings(connection)
    _refuse_to_forget(plugin, values, connection)
    wanted = merged(plugin, values, stored)
    outcome = hosted.check(plugin.info, wanted)
    if outcome.ok:
        _refuse_elsewhere(plugin, values, stored, outcome.clean)
        return _store(connection, plugin, stored, outcome.clean, by)
    first = hosted.check_first(plugin.info, wanted) if _waits_for_sign_in(connection, plugin) else outcome
    if not first.ok:
        raise Invalid(outcome.by_field)
    return _store(connection, plugin, stored, first.clean, by, complete=False)


def _refuse_to_forget(plugin: Plugin, typed: Mapping[str, Any], connection: Connection) -> None:
    """Secrets that cannot be opened may be entered anew, and are not thrown away with a change of something else."""
    secrets = sorted(secret_names(plugin.info.settings))
    if connections.is_sealed_away(connection) and not any(str(typed.get(name) or "").strip() for name in secrets):
        raise Invalid(dict.fromkeys(secrets, wording.key_lost()))


def _refuse_elsewhere(
    plugin: Plugin, typed: Mapping[str, Any], stored: Mapping[str, Any], clean: Mapping[str, Any]
) -> None:
    """A mailbox's form names its servers itself. Whoever changes them must know the password: else it could be had by naming a
    server of one's own."""
    auth = plugin.info.auth
    if (
        not isinstance(auth, MailboxLogin)
        or str(typed.get(auth.password) or "").strip()
        or not stored.get(auth.password)
    ):
        return
    specs = [one for one in fields_of(plugin.info.settings) if one.kind != "secret" and one.name not in BESIDE]
    if any(stored.get(one.name, one.default) != clean.get(one.name, one.default) for one in specs):
        raise Invalid(
            {auth.password: _("Enter the password again: it was entered for another address or other servers.")}
        )


def _waits_for_sign_in(connection: Connection, plugin: Plugin) -> bool:
    """Whether nobody has signed in yet, so that no call can be made."""
    return isinstance(plugin.info.auth, OAuth2) and not standing(connection).signed_in


def merged(plugin: Plugin, values: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, with the stored secret wherever the box was left empty."""
    secrets = secret_names(plugin.info.settings)
    typed_in = {name: value for name, value in values.items() if name not in secrets or str(value or "").strip()}
    return {**{name: stored[name] for name in secrets if stored.get(name)}, **typed_in}


def _store(
    connection: Connection,
    plugin: Plugin,
    stored: Mapping[str, Any],
    clean: Mapping[str, Any],
    by: Actor,
    *,
    complete: bool = True,
) -> Saved:
    secrets = secret_names(plugin.info.settings)
    changed = tuple(name for name, value in clean.items() if stored.get(name) != value)
    replaced = any(name in secrets or name in plugin.info.auth.fields for name in changed)
    was_complete = connection.complete
    write(
        connection,
        settings={name: value for name, value in clean.items() if name not in secrets},
        secrets={name: value for name, value in clean.items() if name in secrets and value},
        complete=complete, borrows=False, version=connection.version + 1, **(FRESH if replaced else {}),
    )  # fmt: skip
    _mind_the_sign_in(connection, plugin, changed, by)
    if replaced:
        OptionsCache.objects.filter(connection=connection).delete()
    if changed:
        data = {"changed": sorted(changed), "key_replaced": replaced}
        write_down("settings_saved", connection, by=by, data=data)
    frees = complete and (replaced or not was_complete)
    return Saved(connection, changed, replaced, freed(connection) if frees else Freed(connection.addon))


def _mind_the_sign_in(connection: Connection, plugin: Plugin, changed: Iterable[str], by: Actor) -> None:
    """What was typed is no credential yet where somebody must sign in; and another app's tokens are worth nothing."""
    auth = plugin.info.auth
    if not isinstance(auth, OAuth2):
        return
    changed = tuple(changed)
    if auth.client_field in changed:
        app_replaced(connection, plugin.info.title, by=by)
    if auth.account_field in changed:
        label = {spec.name: spec.label for spec in fields_of(plugin.info.settings)}[auth.account_field]
        account_replaced(connection, plugin.info.title, label, str(connection.settings[auth.account_field]), by=by)
    seen = standing(connection)
    if not seen.signed_in:
        note = (seen.note if seen.kept else "") or signed_out(plugin.info.title)
        write(connection, health=Connection.Health.NEEDS_SIGN_IN, health_note=note[:500])


def wipe(connection: Connection, *, by: Actor) -> None:
    """Forget everything that was entered: settings, secrets, what was learnt. Whoever is signed in is signed out before."""
    write(
        connection, settings={}, secrets=None, complete=False, enabled=False, shared=False, version=connection.version + 1,
        **FRESH,
    )  # fmt: skip
    OptionsCache.objects.filter(connection=connection).delete()
    write_down("disconnected", connection, by=by)


def _loaded(addon: str) -> Plugin:
    manifest = known(addon)
    plugin = installed.plugin(addon)
    if plugin is None:
        raise Problem(
            _("The plugin for {title} is not running, so its settings cannot be checked.").format(title=manifest.title),
            _("An operator sees why on the plugins page."),
            _("Save again when it is back; nothing was changed."),
            code="plugin_missing",
        )
    return plugin


def _freed_beneath(account: Account, addon: str) -> Freed:
    rows = Connection.objects.filter(addon=addon, user=None, enabled=True, account__path__startswith=account.path)
    return Freed(addon, tuple(rows.values_list("account_id", flat=True)))
