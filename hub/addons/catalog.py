"""The catalog: every add-on as data, and what an account sees of it.

``sync`` runs at start. It freezes each loaded plugin into its row and marks the rows whose plugin is broken or gone with the
reason; a row never goes away, for plans and history speak of it. Everything else here only reads rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.accounts.models import Account
from hub.addons import connections
from hub.addons.connections import ConnectionState
from hub.addons.models import Connection
from hub.addons.models import Manifest as Row
from hub.addons.oauth import hosted
from hub.addons.wording import Reason
from hub.core.freezing import shipped
from hub.core.manifest import ActionManifest, Manifest
from hub.core.registry import Plugin, Registry, Trouble
from hub.db import clock

GONE = "its package is no longer installed"
_COLUMNS = ("title", "version", "distribution", "contract", "always_on", "data", "loaded", "reason", "seen_at")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a start found: the add-ons that run, and a sentence for each that does not."""

    loaded: tuple[str, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)


def sync(registry: Registry) -> Synced:
    """Write the catalog. Safe to run in many processes at once."""
    before = {row.addon: row for row in Row.objects.all()}
    rows = [_row(plugin) for plugin in registry.plugins.values()]
    fields = {row.addon: row.data["fields"] for row in rows}
    Row.objects.bulk_create(rows, update_conflicts=True, unique_fields=["addon"], update_fields=list(_COLUMNS))
    broken = _mark_broken(before, registry)
    for plugin in registry.plugins.values():
        known = before.get(plugin.info.name)
        if known is None or known.data.get("fields") != fields[plugin.info.name]:
            _recheck(plugin)
    return Synced(tuple(sorted(registry.plugins)), broken)


def _row(plugin: Plugin) -> Row:
    manifest = plugin.manifest
    return Row(addon=manifest.name, loaded=True, reason="", **_values(manifest))


def _mark_broken(before: dict[str, Row], registry: Registry) -> dict[str, str]:
    """Rows without a running plugin get the reason; a plugin that never ran gets a row to be listed by."""
    broken = {row.addon: _why(row, registry.troubles) for row in before.values() if row.addon not in registry.plugins}
    for trouble in registry.troubles:
        name = trouble.source.name[:40]
        if name not in registry.plugins:
            broken.setdefault(name, trouble.reason)
            _keep_stranger(name, before.get(name), trouble)
    for addon, reason in broken.items():
        Row.objects.filter(addon=addon).update(loaded=False, reason=reason)
    return broken


def _why(row: Row, troubles: Sequence[Trouble]) -> str:
    """Its own trouble; else its package's, for an entry point may be called otherwise than its add-on."""
    own = [trouble for trouble in troubles if trouble.source.name == row.addon]
    package = [trouble for trouble in troubles if row.distribution and trouble.source.distribution == row.distribution]
    return next((trouble.reason for trouble in (*own, *package)), GONE)


def _keep_stranger(name: str, known: Row | None, trouble: Trouble) -> None:
    """List a plugin that does not load: by what its package says of it, else by its name. What we know of it from when it ran
    gives way to its own package's newer words only."""
    said = shipped(trouble.source.distribution, name)
    manifest = said or Manifest(
        name=name, title=name, distribution=trouble.source.distribution, version=trouble.source.version
    )
    values = _values(manifest) | {"loaded": False, "reason": trouble.reason}
    if known is None:
        Row.objects.get_or_create(addon=name, defaults=values)
    elif said and known.distribution in ("", said.distribution):
        Row.objects.filter(addon=name).update(**values)


def _values(manifest: Manifest) -> dict[str, Any]:
    return {
        "title": manifest.title[:120], "version": manifest.version[:60], "distribution": manifest.distribution[:200],
        "contract": manifest.contract, "always_on": manifest.always_on, "data": manifest.model_dump(mode="json"),
        "seen_at": clock.now(),
    }  # fmt: skip


def _recheck(plugin: Plugin) -> None:
    """A new version may ask for a new setting: each stored connection, also a person's, is held against the form again."""
    for connection in Connection.objects.filter(addon=plugin.info.name):
        if connections.is_sealed_away(connection):  # nobody can say, and one account keeps no hub from starting
            continue
        complete = hosted.check(plugin.info, connections.open_settings(connection)).ok
        if complete != connection.complete:
            Connection.objects.filter(pk=connection.pk).update(complete=complete)


# --- reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An add-on as an account's gallery shows it.

    Attributes:
        enabled: the admin's switch.
        connection: the account's own row; None when nothing was ever switched on or saved here.
    """

    manifest: Manifest
    state: ConnectionState
    enabled: bool = False
    connection: Connection | None = None


def titles(addons: Iterable[str]) -> dict[str, str]:
    """The titles of add-ons by name, those whose plugin is gone included."""
    return dict(Row.objects.filter(pk__in=set(addons)).values_list("pk", "title"))


def manifest(addon: str) -> Manifest | None:
    """The frozen manifest of an add-on, its plugin running or not."""
    row = Row.objects.filter(pk=addon).first()
    return Manifest.model_validate(row.data) if row else None


def action(action_type: str) -> ActionManifest | None:
    """The frozen description of an action type."""
    found = manifest(action_type.partition(".")[0])
    return found.action(action_type) if found else None


def for_account(account: Account, search: str = "") -> list[Entry]:
    """What the gallery lists: add-ons available to this account, and those still on that no longer are.

    Args:
        search: words looked for in title, earlier names, and summary.
    """
    rows = [row for row in Row.objects.filter(always_on=False).order_by("title") if _matches(row, search)]
    states = connections.states_for((account.pk, row.addon) for row in rows)
    own = {item.addon: item for item in Connection.objects.filter(account=account, user=None)}
    entries = [_entry(row, states[account.pk, row.addon], own.get(row.addon)) for row in rows]
    available = connections.available_here(account, [row.addon for row in rows])
    return [entry for entry in entries if entry.enabled or entry.manifest.name in available]


def with_mappings(account: Account) -> list[Manifest]:
    """The add-ons switched on in this very account whose vendor's words are mapped to its own, by title."""
    on = Connection.objects.filter(account=account, user=None, enabled=True).values("addon")
    found = [Manifest.model_validate(row.data) for row in Row.objects.filter(pk__in=on).order_by("title")]
    return [one for one in found if one.mappings]


def entry(account: Account, addon: str) -> Entry | None:
    """One add-on as this account sees it, or None when it may not."""
    return next((item for item in for_account(account) if item.manifest.name == addon), None)


def _entry(row: Row, state: ConnectionState, own: Connection | None) -> Entry:
    return Entry(Manifest.model_validate(row.data), state, bool(own and own.enabled), own)


def _matches(row: Row, search: str) -> bool:
    words = search.casefold().split()
    if not words:
        return True
    text = " ".join([row.title, row.addon, *row.data.get("aliases", ()), row.data.get("summary", "")]).casefold()
    return all(word in text for word in words)


def action_types(account: Account) -> list[ActionManifest]:
    """The kinds of step the editor offers: the built-in ones first, then those of each add-on that is on here. A mailer's own
    step is not among them: *send an e-mail* goes by every mailbox."""
    found = _manifests_on(account)
    return [item for one in found for item in one.actions if item.type not in one.mailers]


def mailers(account: Account) -> list[ActionManifest]:
    """The kinds of step that send an e-mail to the contact, of the add-ons that are on here, by the add-on's title."""
    return [item for one in _manifests_on(account) for item in one.actions if item.type in one.mailers]


def _manifests_on(account: Account) -> list[Manifest]:
    rows = list(Row.objects.filter(loaded=True).order_by("-always_on", "title"))
    states = connections.states_for((account.pk, row.addon) for row in rows)
    return [Manifest.model_validate(row.data) for row in rows if _offered(states[account.pk, row.addon])]


def _offered(state: ConnectionState) -> bool:
    """A key that is refused just now does not take the kind of step out of the editor; its steps wait."""
    return state.active or state.reason in (Reason.NEEDS_ADMIN, Reason.NEEDS_SIGN_IN, Reason.INCOMPLETE)
