"""Kinds of record: an account gives each its defaults and its mappings, so a kind that nobody declared goes where nobody said."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.records import Mapping, Trigger
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Unproved, unless
from hub.testing.proofs.pulls import whole


def are_declared(bench: Bench, trigger: Trigger) -> None:
    """Every record is of a kind that the trigger names; of none, where it names none."""
    brought = {record.kind for record in whole(bench, trigger).records}
    strange = sorted(brought - set(trigger.kinds or [""]))
    if strange:
        raise Unproved(
            f"Records come with the kind {strange[0]!r}, and the trigger declares {sorted(trigger.kinds) or 'no kinds'}: "
            "an account could give them no defaults. Name every kind and its title in kinds=, and say it in Record.kind."
        )


def some_record_has(bench: Bench, mapping: Mapping, triggers: Sequence[Trigger]) -> None:
    """A mapping is for kinds that records have."""
    known = {kind for trigger in triggers for kind in trigger.kinds}
    strange = sorted(set(mapping.kinds) - known)
    unless(
        not strange,
        f"It is for records of the kinds {strange}, and the triggers bring {sorted(known)}: "
        "no record would ever be placed by it.",
    )
