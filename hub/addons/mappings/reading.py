"""Where a record goes: an account's tables as a value that an import asks for each record.

A row counts for the kinds of record its mapping is for. Where no row decides, the defaults of the record's kind do, for each of
ours on its own: a type with a lead source and no plan takes the plans its kind has by default. What is hidden, archived or gone
on our side is not used; the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hub.addons import catalog, installed
from hub.addons.mappings import ours, reads
from hub.addons.mappings.ours import Shelf
from hub.addons.mappings.rules import Line
from hub.addons.models import OptionsCache
from hub.core.manifest import MappingManifest
from hub.core.records import Record, Trigger

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record goes. None and empty: nobody has said, so an import leaves that as it is.

    Attributes:
        mapped: a row is for the record's choice; or no mapping is for records of its kind, and the kind has defaults.
    """

    lead_source_id: int | None = None
    plan_ids: tuple[int, ...] = ()
    sales_cycle_id: int | None = None
    tag_names: tuple[str, ...] = ()
    user_id: int | None = None
    mapped: bool = False


@dataclass(frozen=True)
class Mapped:
    """An account's tables for one add-on, as they were read.

    Attributes:
        tables: the add-on's mappings.
        kinds: the kinds of record that are declared; a record of another one has no defaults. None declared: all are of one kind.
        rows: (mapping, choice) → keys; only of what can be used.
        defaults: kind → right → keys.
        names: of tags, by key.
        skip_unmapped: records that are not ``mapped`` are to be left out.
        is_empty: nothing at all is mapped, not even to what has gone since.
    """

    tables: tuple[MappingManifest, ...] = ()
    kinds: frozenset[str] = frozenset()
    rows: Mapping[tuple[str, str], Keys] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Keys]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    skip_unmapped: bool = False
    is_empty: bool = True

    def place(self, record: Record) -> Placement:
        """Where this record goes. Pure."""
        for_it = [one for one in self.tables if not one.kinds or record.kind in one.kinds]
        found: dict[str, Keys] = {}
        for table in for_it:
            keys = self.rows.get((table.name, record.choice), ())
            found[table.right] = (*found.get(table.right, ()), *keys) if table.many else found.get(table.right) or keys
        decided = {right: keys for right, keys in found.items() if keys}
        defaults = self.defaults.get(record.kind if self.kinds else "", {})
        return self._placement({**defaults, **decided}, bool(decided) or (not for_it and bool(defaults)))

    def _placement(self, keys: Mapping[str, Keys], mapped: bool) -> Placement:
        return Placement(
            _first(keys.get("lead_source", ())),
            tuple(dict.fromkeys(int(key) for key in keys.get("plan", ()))),
            _first(keys.get("sales_cycle", ())),
            tuple(dict.fromkeys(self.names[key] for key in keys.get("tag", ()))),
            _first(keys.get("user", ())),
            mapped,
        )


def _first(keys: Keys) -> int | None:
    return int(keys[0]) if keys else None


def of(account: Any, addon: str) -> Mapped:
    """An account's tables (a row or an id): one query, and some to see whether what they name is still there. Ask once a page."""
    skip, lines = reads.stored(account, addon)
    tables, kinds = _declared(addon)
    return read(tables, kinds, lines, ours.of(account, {line.right for line in lines}), skip_unmapped=skip)


def titles(connection_id: int | None, addon: str, records: Iterable[Record]) -> dict[str, str]:
    """How people call the choices of records that bring an id alone: as the vendor's lists, last read, have them. One query, and
    none where every record brings its title."""
    unnamed = {one.choice for one in records if one.choice and not one.choice_title}
    if not unnamed or connection_id is None:
        return {}
    lists = {one.left for one in _declared(addon)[0]}
    found = OptionsCache.objects.filter(connection_id=connection_id, name__in=lists).values_list("data", flat=True)
    return {str(value): str(label) for pairs in found for value, label in pairs if str(value) in unnamed}


def read(
    tables: Iterable[MappingManifest],
    kinds: Iterable[str],
    lines: Iterable[Line],
    shelves: Mapping[str, Shelf],
    *,
    skip_unmapped: bool = False,
) -> Mapped:
    """The same from what is at hand. Pure."""
    all_, declared = list(lines), tuple(tables)
    rights = {table.name: table.right for table in declared}
    rows: dict[tuple[str, str], Keys] = {}
    defaults: dict[str, dict[str, Keys]] = {}
    for line in (one for one in all_ if shelves[one.right].holds(one.key)):
        if line.is_default:
            of_kind = defaults.setdefault(line.choice, {})
            of_kind[line.right] = (*of_kind.get(line.right, ()), line.key)
        elif rights.get(line.mapping) == line.right:  # a later version of the plugin may map to something else
            rows[line.mapping, line.choice] = (*rows.get((line.mapping, line.choice), ()), line.key)
    names = {line.key: line.name for line in all_ if line.right == "tag"}
    return Mapped(declared, frozenset(kinds), rows, defaults, names, skip_unmapped, not all_)


def _declared(addon: str) -> tuple[tuple[MappingManifest, ...], frozenset[str]]:
    """The mappings and kinds of record of the plugin as it runs here; else as it was when it last ran."""
    plugin = installed.plugin(addon)
    if plugin is None:
        known = catalog.manifest(addon)
        return (known.mappings, frozenset(known.kinds)) if known else ((), frozenset())
    kinds = [kind for way in plugin.ways_in if isinstance(way, Trigger) for kind in way.kinds]
    return tuple(MappingManifest(**asdict(one)) for one in plugin.mappings), frozenset(kinds)
