"""Forms, described as data: the web draws them, the API lists them, and neither asks the plugin.

The fields come from the frozen manifest. A secret never leaves: of what is stored only the last four characters are told (of
an address, the host), and an empty box keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.addons import connections, wording
from hub.addons.models import Connection, OptionsCache
from hub.addons.oauth import hosted
from hub.core import redact
from hub.core.manifest import Manifest
from hub.core.settings import FieldSpec
from hub.db.errors import NotFound

SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Field:
    """One field with what it holds now.

    Attributes:
        spec: label, kind, help, bounds: what the manifest says.
        value: what is stored, or the default; None for a secret, always.
        stored: a secret is stored.
        last_four: how the stored secret ends, where it is no address.
        host: of a stored address, where it leads.
        choices: value and label, for kinds with a dropdown; of a live list as it was last read.
        loaded_at: when the live list was read; None when never.
        problem: why the live list could not be read, for people.
        error: what is wrong with what was typed.
    """

    spec: FieldSpec
    value: Any = None
    stored: bool = False
    last_four: str = ""
    host: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    loaded_at: datetime | None = None
    problem: str = ""
    error: str = ""


def fields_of(manifest: Manifest, which: str = SETTINGS) -> tuple[FieldSpec, ...]:
    """The fields of the account's settings, or of a step of the action type ``which``.

    Raises:
        NotFound: the add-on has no such action type.
    """
    if which == SETTINGS:
        return hosted.own_fields(manifest)
    action = manifest.action(which)
    if action is None:
        raise NotFound("There is no such kind of step.")
    return action.fields


def settings_form(
    manifest: Manifest,
    connection: Connection | None,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> tuple[Field, ...]:
    """The account's form, filled with what is stored, or with what was typed and refused."""
    values = connections.known_settings(connection) if connection else {}
    fields = hosted.own_fields(manifest)
    return _filled(fields, values, connection, typed or {}, {**_lost(fields, connection), **(errors or {})})


def _lost(fields: tuple[FieldSpec, ...], connection: Connection | None) -> dict[str, str]:
    """Beside each secret that is there and cannot be read."""
    if connection is None or not connections.is_sealed_away(connection):
        return {}
    return {spec.name: wording.key_lost() for spec in fields if spec.kind == "secret"}


def step_form(
    manifest: Manifest,
    action_type: str,
    connection: Connection | None,
    options: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
) -> tuple[Field, ...]:
    """A step's form. Live lists come from the cache; the edge loads the missing ones with :mod:`hub.addons.options`."""
    return _filled(fields_of(manifest, action_type), options, connection, {}, errors or {})


def _filled(
    specs: tuple[FieldSpec, ...],
    stored: Mapping[str, Any],
    connection: Connection | None,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> tuple[Field, ...]:
    lists = _lists(connection)
    return tuple(_field(spec, stored, lists.get(spec.source), typed, errors.get(spec.name, "")) for spec in specs)


def _lists(connection: Connection | None) -> dict[str, OptionsCache]:
    if connection is None or connection.pk is None:
        return {}
    return {cache.name: cache for cache in OptionsCache.objects.filter(connection=connection)}


def _field(
    spec: FieldSpec, stored: Mapping[str, Any], cache: OptionsCache | None, typed: Mapping[str, Any], error: str
) -> Field:
    if spec.kind == "secret":
        secret = str(stored.get(spec.name) or "")
        host = redact.host_of(secret)
        return Field(spec, stored=bool(secret), last_four="" if host else _ending(secret), host=host, error=error)
    value = typed.get(spec.name, stored.get(spec.name, spec.default))
    if spec.kind == "options" and cache is not None:
        pairs = tuple((str(item), str(label)) for item, label in cache.data)
        return Field(spec, value, choices=pairs, loaded_at=cache.fetched_at, problem=cache.error, error=error)
    return Field(spec, value, choices=spec.choices, error=error)


def _ending(secret: str) -> str:
    """The last four characters, where the secret is long enough to lose them."""
    return redact.last_four(secret).removeprefix(redact.MASK).strip() if secret else ""
