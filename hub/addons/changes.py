"""Every write to availability, connections and their health.

What a change sets free is told to the caller: :class:`Freed` names the accounts whose held steps may go on, and the edge hands
them to the engine, for this room knows nothing of steps.

A change with a ``user`` is to that person's own connection, for their mail (:mod:`hub.mail`); without one, to the account's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.models import Availability, Connection, Manifest, OptionsCache
from hub.addons.oauth import hosted
from hub.addons.oauth.reads import standing
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core import redact
from hub.core.auth import OAuth2
from hub.core.registry import Plugin
from hub.core.settings import fields_of, secret_names
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Problem
from hub.dispatch.grant_moves import signed_out

LONGEST_NOTE = 500

MAIL = "mail"
"""The add-on of the steps that mailboxes carry."""


@dataclass(frozen=True, slots=True)
class Freed:
    """Which held steps a change may have set free: those of this add-on in these accounts. Empty: none."""

    addon: str
    account_ids: tuple[int, ...] = ()


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
    _known(addon)
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
    connection = _connection(account, addon, user)
    if not connection.enabled:
        _write(connection, enabled=True)
        write_down("switched_on", connection, by=by)
    return freed(connection)


def disable(account: Account, addon: str, *, by: Actor, user: int | None = None) -> bool:
    """Switch it off. The settings stay; waiting steps are held with the reason. False: it was off already.

    The edge shows beforehand what this would hold; ``hub.plans`` counts it, for this room knows nothing of steps.
    """
    rows = Connection.objects.filter(account=account, addon=addon, user=user, enabled=True).defer("secrets", "settings")
    found = rows.first()
    if found is not None:
        _write(found, enabled=False)
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
        Invalid: with a sentence a field.
        Conflict: somebody saved in between.
    """
    plugin = _loaded(addon)
    connection = _connection(account, addon, user, lock=True)
    if version is not None and connection.version != version:
        raise Conflict(
            _("Somebody else saved these settings while you were typing."),
            next=_("Look at what is stored, then save again."),
        )
    stored = connections.open_settings(connection)
    wanted = merged(plugin, values, stored)
    outcome = hosted.check(plugin.info, wanted)
    if outcome.ok:
        return _store(connection, plugin, stored, outcome.clean, by)
    first = hosted.check_first(plugin.info, wanted) if _waits_for_sign_in(connection, plugin) else outcome
    if not first.ok:
        raise Invalid(outcome.by_field)
    return _store(connection, plugin, stored, first.clean, by, complete=False)


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
    _write(
        connection,
        settings={name: value for name, value in clean.items() if name not in secrets},
        secrets={name: value for name, value in clean.items() if name in secrets and value},
        complete=complete, borrows=False, version=connection.version + 1, **(_FRESH if replaced else {}),
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
    from hub.addons.oauth.changes import account_replaced, app_replaced  # it stands on this module

    changed = tuple(changed)
    if auth.client_field in changed:
        app_replaced(connection, plugin.info.title, by=by)
    if auth.account_field in changed:
        label = {spec.name: spec.label for spec in fields_of(plugin.info.settings)}[auth.account_field]
        account_replaced(connection, plugin.info.title, label, str(connection.settings[auth.account_field]), by=by)
    seen = standing(connection)
    if not seen.signed_in:
        note = (seen.note if seen.kept else "") or signed_out(plugin.info.title)
        _write(connection, health=Connection.Health.NEEDS_SIGN_IN, health_note=note[:500])


_FRESH: dict[str, Any] = {
    "health": Connection.Health.UNKNOWN, "health_note": "", "checked_at": None, "blocked_until": None, "rate_at": None,
}  # fmt: skip
"""What is known about a credential that was never tried."""


def as_new(connection: Connection) -> None:
    """Somebody has signed in: nothing that was learnt about the credential before counts any more."""
    _write(connection, borrows=False, version=connection.version + 1, **_FRESH)


def wipe(connection: Connection, *, by: Actor) -> None:
    """Forget everything that was entered: settings, secrets, what was learnt. Whoever is signed in is signed out before."""
    _write(
        connection, settings={}, secrets=None, complete=False, enabled=False, shared=False, version=connection.version + 1,
        **_FRESH,
    )  # fmt: skip
    OptionsCache.objects.filter(connection=connection).delete()
    write_down("disconnected", connection, by=by)


# --- lending and borrowing ----------------------------------------------------------------------------------------


def lend(account: Account, addon: str, *, by: Actor) -> Freed:
    """Let the accounts beneath use this account's own connection. They must ask for it too (:func:`borrow`)."""
    connection = _connection(account, addon)
    if connection.borrows or not connection.complete:
        raise Problem(
            _("This account has no connection of its own to lend."), _("An admin of this account enters a key first.")
        )
    if not connection.shared:
        _write(connection, shared=True)
        write_down("lent", connection, by=by)
    return freed(connection)


def stop_lending(account: Account, addon: str, *, by: Actor) -> bool:
    """Take it back. Steps of the borrowers are held. False: it was not lent."""
    moved = Connection.objects.filter(account=account, addon=addon, user=None, shared=True).update(
        shared=False, changed_at=clock.now()
    )
    if moved:
        record("no_longer_lent", "addon", addon, by=by, account_id=account.pk)
    return bool(moved)


def borrow(account: Account, addon: str, *, by: Actor) -> Freed:
    """Use the connection of the account above, as long as that account lends it. A key of one's own ends it."""
    connection = _connection(account, addon)
    if connection.shared:
        raise Problem(_("An account that lends its connection cannot borrow one."), next=_("Stop lending first."))
    if not connection.borrows:
        _write(connection, borrows=True)
        write_down("borrowed", connection, by=by)
    return freed(connection)


# --- health: what the vendor says ---------------------------------------------------------------------------------


def set_health(
    connection_id: int,
    health: str,
    note: str = "",
    *,
    by: Actor,
    version: int | None = None,
    blocked_until: datetime | None = None,
) -> Freed:
    """Write down what a call or a test has shown.

    Args:
        version: of the settings the call was made with; what it showed does not count for newer ones.
        blocked_until: the vendor wants to be left alone until then; None leaves what is stored.
    """
    rows = Connection.objects.filter(pk=connection_id)
    if version is not None:
        rows = rows.filter(version=version)
    connection = rows.defer("secrets", "settings").first()
    later = {} if blocked_until is None else {"blocked_until": blocked_until}
    told = rows.update(health=health, health_note=redact.cut(note, LONGEST_NOTE), checked_at=clock.now(), **later)
    if connection is None or not told:
        return Freed("")
    before = connection.health
    if before == health:
        return Freed(connection.addon)
    data = {"from": before, "to": str(health), "note": note[:LONGEST_NOTE]}
    write_down("health_changed", connection, by=by, data=data)
    return freed(connection) if health == Connection.Health.OK else Freed(connection.addon)


def leave_alone(connection_id: int, until: datetime) -> None:
    """The vendor asked the whole connection to wait: every process heeds it from now on."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.exclude(blocked_until__gt=until).update(blocked_until=until)


# --- shared by the above ------------------------------------------------------------------------------------------


def _known(addon: str) -> Manifest:
    manifest = Manifest.objects.filter(pk=addon, always_on=False).first()
    if manifest is None:
        raise NotFound("There is no such add-on.")
    return manifest


def _loaded(addon: str) -> Plugin:
    manifest = _known(addon)
    plugin = installed.plugin(addon)
    if plugin is None:
        raise Problem(
            _("The plugin for {title} is not running, so its settings cannot be checked.").format(title=manifest.title),
            _("An operator sees why on the plugins page."),
            _("Save again when it is back; nothing was changed."),
            code="plugin_missing",
        )
    return plugin


def _available(account: Account, addon: str) -> None:
    """What no operator has made available here cannot be set up here, whatever an address or a form says."""
    manifest = _known(addon)
    if addon not in connections.available_here(account, [addon]):
        raise Problem(
            _("{title} is not available to this account.").format(title=manifest.title),
            _("Your customer success manager can make it available."),
            code="not_available",
        )


def own(account: Account, addon: str, user: int | None = None) -> Connection:
    """The account's own row, or a person's, made at the first need; for whoever writes beside it.

    Raises:
        Problem: the add-on is not available to this account.
    """
    return _connection(account, addon, user)


def _connection(account: Account, addon: str, user: int | None = None, *, lock: bool = False) -> Connection:
    """The account's own row, or a person's, made at the first need.

    Raises:
        Problem: the add-on is not available to this account.
    """
    _available(account, addon)
    whose: dict[str, Any] = {"account": account, "addon": addon, "user_id": user}
    Connection.objects.get_or_create(**whose, defaults=_blank(addon))
    rows = Connection.objects.select_for_update() if lock else Connection.objects.all()
    return rows.get(**whose)


def _blank(addon: str) -> dict[str, Any]:
    """A new connection; complete from the start when the add-on asks for nothing."""
    plugin = installed.plugin(addon)
    blank = {"complete": plugin is not None and hosted.check(plugin.info, {}).ok, "changed_at": clock.now()}
    if plugin is None or not isinstance(plugin.info.auth, OAuth2):
        return blank
    return {**blank, "health": Connection.Health.NEEDS_SIGN_IN, "health_note": signed_out(plugin.info.title)}


def _write(connection: Connection, **values: Any) -> None:
    values["changed_at"] = clock.now()
    for name, value in values.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(values))


def write_down(verb: str, connection: Connection, *, by: Actor, data: Mapping[str, Any] | None = None) -> None:
    """Write down what was done to a connection: to the account's add-on, or to a person's mailbox."""
    kind = "addon" if connection.user_id is None else "mailbox"
    record(
        verb,
        kind,
        connection.addon,
        by=by,
        account_id=connection.account_id,
        data={**_whose(connection), **(data or {})},
    )


def _whose(connection: Connection) -> dict[str, Any]:
    return {} if connection.user_id is None else {"addon": connection.addon, "user": connection.user_id}


def freed(connection: Connection) -> Freed:
    """The account itself, and those that borrow from it. A person's own carries the account's mail and nothing else."""
    if connection.user_id is not None:
        return Freed(MAIL, (connection.account_id,))
    borrowers = Connection.objects.none()
    if connection.shared:
        path = connection.account.path
        borrowers = Connection.objects.filter(addon=connection.addon, borrows=True, account__path__startswith=path)
    return Freed(connection.addon, (connection.account_id, *borrowers.values_list("account_id", flat=True)))


def _freed_beneath(account: Account, addon: str) -> Freed:
    rows = Connection.objects.filter(addon=addon, user=None, enabled=True, account__path__startswith=account.path)
    return Freed(addon, tuple(rows.values_list("account_id", flat=True)))
