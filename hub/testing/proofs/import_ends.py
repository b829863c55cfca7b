"""How an import ends: however many there are, all of them and no more. And its cursors and choices mean something to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from hub.core.records import Trigger
from hub.dispatch.pulling import Start
from hub.testing import faults
from hub.testing.identity import PLAIN, unnamed
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Unproved, unless
from hub.testing.proofs.elsewhere import in_two_zones, on_two_machines, today_in
from hub.testing.proofs.pulls import ids, pulled, said, whole
from hub.testing.proofs.rules import leaks
from hub.testing.simulator import Item
from hub.testing.stores import MemoryImport

MOST_COUNTED = 6
"""Up to so many things a list is tried with every number of them."""


def brings_all(bench: Bench, trigger: Trigger) -> None:
    """Everything, each with an id by which it is known the next time, and each once."""
    store = whole(bench, trigger)
    unless(store.records, "The import brought nothing, although the simulated vendor has something in every list.")
    unless(all(ids(store)), "A record has no external id, by which it would be known the next time.")
    twice = [id_ for id_, times in ids(store).items() if times > 1]
    unknown = [unnamed(path) for path in _read(bench) if not bench.vendor.identity.field(path)]
    unless(not twice, " ".join([f"The import brought {twice[:3]} more than once.", *unknown]))
    _nothing_left(bench, set(ids(store)))


def _nothing_left(bench: Bench, brought: set[str]) -> None:
    """Of every list that the trigger read and brought something of, it brought all."""
    for path in _read(bench):
        there = {str(item[PLAIN]) for item in bench.vendor.stored(path)}
        left = sorted(there - brought) if there & brought else []
        unless(not left, f"The vendor has {left[:3]} at {path} too, and the import did not bring them.")


def _read(bench: Bench) -> list[str]:
    """The lists the trigger read."""
    return sorted({asked.endpoint.path for turn in bench.turns for asked in turn.asked})


def brings_all_of_any_number(bench: Bench, trigger: Trigger) -> None:
    """None at all, one, a page that is just full: ends are where pages are lost."""
    known = set(ids(whole(bench, trigger)))
    held = bench.vendor.holdings()
    theirs = [path for path in _read(bench) if known & _ids(path, held)]
    most = max((len(held[path]) for path in theirs), default=0)
    for number in range(min(most, MOST_COUNTED) + 1):
        kept = {path: items[:number] if path in theirs else items for path, items in held.items()}
        bench.begin(kept)
        brought = set(ids(_whole_of(bench, trigger, number)))
        left = sorted({id_ for path in theirs for id_ in _ids(path, kept)} & known - brought)
        unless(not left, f"When the vendor has {number}, the import does not bring {left[:3]}.")


def _whole_of(bench: Bench, trigger: Trigger, number: int) -> MemoryImport:
    store = MemoryImport()
    result = pulled(bench, trigger, store)
    unless(result.finished, f"When the vendor has {number} of them, the import stops: {said(result)}")
    return store


def _ids(path: str, held: Mapping[str, Iterable[Item]]) -> set[str]:
    return {str(item[PLAIN]) for item in held.get(path, ())}


def cursors_are_the_vendor_s(bench: Bench, trigger: Trigger) -> None:
    """A cursor says where the vendor's next page begins. One with a clock or a random number in it says nothing to whoever takes
    over after a death, for it is all that they are given."""
    first = whole(bench, trigger)
    bench.begin()
    second = whole(bench, trigger)
    strange = sorted(set(ids(second)) - set(ids(first)))
    unless(
        not strange, f"Two imports bring the same things under other ids, such as {strange[:2]}; take the vendor's own."
    )
    shown = f"{_shown(first.cursors)}, then {_shown(second.cursors)}"
    unless(
        first.cursors == second.cursors,
        f"Two imports of the same things have different cursors ({shown}); a cursor says where the vendor's next page begins, "
        "and holds no clock, no random number and nothing the plugin remembers.",
    )


def _shown(cursors: Iterable[str | None]) -> str:
    return next((repr(cursor[:40]) for cursor in cursors if cursor), "none")


def brings_what_is_new(bench: Bench, trigger: Trigger) -> None:
    """What is new since then may be nothing; but it must come to an end."""
    whole(bench, trigger)
    begun = bench.clock.now() - timedelta(days=1)
    result = pulled(bench, trigger, MemoryImport(), Start(since=begun))
    unless(result.finished, f"The second import stopped: {said(result)}")


def nothing_of_the_machine(bench: Bench, trigger: Trigger) -> None:
    """What it asks for and what it brings is the same in every zone, on every machine, and knows no time but ``vendor.now``."""
    here, there = in_two_zones(lambda: _asked_since(bench, trigger))
    unless(
        not today_in(bench, here),
        "The import asks for the time at which the tests run; it goes on from `since`, and the hub's own time is vendor.now.",
    )
    unless(
        here == there,
        "What the import asks for depends on the time zone of the machine: it would leave out or repeat what is in between. "
        "`since` and vendor.now have a zone; keep it, or turn them into UTC.",
    )
    here, there = on_two_machines(lambda: _asked_since(bench, trigger))
    unless(
        here == there, "What the import asks for or brings depends on the machine's variables or on its working folder."
    )


def _asked_since(bench: Bench, trigger: Trigger) -> str:
    """Everything that a first and a second import ask for, and bring."""
    bench.begin()
    stores = MemoryImport(), MemoryImport()
    pulled(bench, trigger, stores[0])
    pulled(bench, trigger, stores[1], Start(since=bench.clock.now() - timedelta(days=1)))
    asked = [f"{asked.endpoint.label} {asked.words}" for turn in bench.turns for asked in turn.asked]
    return repr([asked, [(store.records, store.cursors) for store in stores]])


def choices_can_be_mapped(bench: Bench, trigger: Trigger) -> None:
    """An account maps the vendor's choices by the list's values. A record that calls them otherwise is never placed."""
    choices = {record.choice for record in whole(bench, trigger).records if record.choice}
    left = {mapping.left for mapping in bench.plain.mappings} & set(bench.info.options)
    lists = [bench.ask(bench.info.options[name]) for name in sorted(left)]
    offered = {value for listed in lists if isinstance(listed, Mapping) for value in listed}
    unless(
        not choices or not offered or choices & offered,
        f"Records come with the choice {sorted(choices)[:3]} and the mapping's left side offers {sorted(offered)[:3]}: none will "
        "ever fit. Use the vendor's ids for both. (If only the simulated vendor is at odds with itself, give it SEEDS.)",
    )


def repeats_no_key(bench: Bench, trigger: Trigger) -> None:
    """The vendor puts the key into a refusal, and into good rows: in fields nobody declared, in links, in texts."""
    for secret in bench.secrets:
        bench.begin()
        bench.fail(faults.status(401, message=f"the key {secret} is not known"))
        refused = pulled(bench, trigger, MemoryImport())
        bench.begin()
        bench.fail(*[faults.echo(secret)] * 20)
        store = MemoryImport()
        pulled(bench, trigger, store)
        sinks = [
            ("the sentence an admin reads", refused.stopped),
            ("a record", store.records),
            ("a cursor", store.cursors),
        ]
        for sentence in leaks([secret], sinks):
            raise Unproved(f"{sentence} The vendor had repeated it in an answer.")
