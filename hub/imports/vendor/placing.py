"""From a vendor's record to a person at the door, by the account's mappings. Pure.

What a mapping says goes to contacts that have nothing there yet: an import that runs every quarter of an hour must not take
back what a person has chosen since. A choice for which nothing was said, or whose lead source is no longer in the account's
list, takes the lead source of the same name, and is put on the review list where there is none; an import never makes a lead
source (R059).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.addons.mappings.reading import Mapped, Placement
from hub.contacts import normalising
from hub.contacts.incoming import Incoming
from hub.contacts.lists import Lists
from hub.core.records import Record

NO_TITLES: Mapping[str, str] = {}

LONGEST_RAW = 2_000
"""Characters of a record as it came, in the report."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One record and what is to become of it.

    Attributes:
        number: the how-manyeth record of the import, from 1.
        person: as the door wants it; None where the record is left out.
        plan_ids: the plans it is put on.
        unmapped: its choice stands in no table.
        choice_name: how people call its choice.
    """

    number: int
    record: Record
    person: Incoming | None
    plan_ids: tuple[int, ...] = ()
    unmapped: bool = False
    choice_name: str = ""

    @property
    def raw(self) -> str:
        """The vendor's row as it came, for the report."""
        shown = self.record.raw or self.record.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(shown, ensure_ascii=False, default=str)[:LONGEST_RAW]


@dataclass(frozen=True, slots=True)
class InForce:
    """The lead sources and stages that contacts of this account may be given now.

    Attributes:
        by_name: folded name → lead source.
    """

    by_name: Mapping[str, int]
    sources: frozenset[int]
    cycles: frozenset[int]

    @classmethod
    def of(cls, lists: Lists) -> InForce:
        """From the lists in force."""
        by_name = {key: choice.id for key, choice in lists.sources.items()}
        return cls(by_name, frozenset(by_name.values()), frozenset(choice.id for choice in lists.cycles.values()))

    def source(self, wished: int | None, choice: str) -> int | None:
        """The lead source that is meant: the wished one while it is in force, else the one that is called like the choice."""
        return wished if wished in self.sources else self.by_name.get(normalising.fold(choice)) if choice else None


def place_all(
    records: Sequence[Record], mapped: Mapped, in_force: InForce, first: int, titles: Mapping[str, str] = NO_TITLES
) -> list[Placed]:
    """What is to become of a page's records.

    Args:
        first: the first one's number.
        titles: how people call the choices whose records do not say it.
    """
    said: dict[tuple[str, str, str], Said] = {}  # of a thousand records most have one of a handful of choices
    placed = []
    for number, record in enumerate(records, first):
        about = record.kind, record.choice, record.choice_title
        if about not in said:
            said[about] = Said.of(record, mapped, in_force, titles)
        placed.append(_placed(record, said[about], number))
    return placed


@dataclass(frozen=True, slots=True)
class Said:
    """What the mappings and the lists say of every record of one kind with one choice.

    Attributes:
        unmapped: the choice stands in no table.
        left_out: and who has such a choice is not wanted.
        given: what everybody gets, as fields of :class:`Incoming`.
        choice_name: how people call the choice.
    """

    found: Placement
    unmapped: bool
    left_out: bool
    given: Mapping[str, Any]
    choice_name: str

    @classmethod
    def of(cls, record: Record, mapped: Mapped, in_force: InForce, titles: Mapping[str, str]) -> Said:
        """Asked by any such record."""
        found = mapped.place(record)
        name = record.choice_title or titles.get(record.choice, "") or record.choice
        source = in_force.source(found.lead_source_id, name)
        given = {
            "lead_source_id": source,
            "sales_cycle_id": found.sales_cycle_id if found.sales_cycle_id in in_force.cycles else None,
            "assigned_user_id": found.user_id,
            "source_aside": "" if source is not None else name,
        }
        left_out = mapped.skip_unmapped and not found.mapped
        return cls(found, not found.mapped and bool(record.choice), left_out, given, name)


def _placed(record: Record, said: Said, number: int) -> Placed:
    if said.left_out:
        return Placed(number, record, None, unmapped=said.unmapped, choice_name=said.choice_name)
    person = Incoming.of_record(record, tags=(*record.tags, *said.found.tag_names), **said.given)
    return Placed(number, record, person, said.found.plan_ids, said.unmapped, said.choice_name)


def choices(placed: Iterable[Placed]) -> Iterable[str]:
    """What the choices are called for which nothing was said, once for each record that came with one."""
    return (one.choice_name for one in placed if one.unmapped)
