"""Triggers: an import that is killed at every page loses no record and brings none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from hub.core.outcomes import Broken, Outcome, Verdict
from hub.core.records import Trigger
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.proofs import import_ends, kinds
from hub.testing.proofs.asking import PASSING, TROUBLES
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.pulls import ids, pulled, said, same, whole
from hub.testing.stores import Died, MemoryImport

MOST_PAGES_KILLED = 20
"""Pages of the rehearsal at which the import is killed."""


def cases(bench: Bench) -> Iterator[Case]:
    """Every trigger: whole, killed at every page, and with every trouble on the first and the second call; and every mapping."""
    triggers = [way for way in bench.plugin.ways_in if isinstance(way, Trigger)]
    for trigger in triggers:
        yield from _of(bench, trigger)
    for mapping in bench.plain.mappings:
        if mapping.kinds and triggers:
            told = partial(kinds.some_record_has, mapping=mapping, triggers=triggers)
            yield Case(f"{mapping.name.partition('.')[2]}: records have the kinds it is for", Badge.WAYS_IN, told)


def _of(bench: Bench, trigger: Trigger) -> Iterator[Case]:
    name = trigger.name.partition(".")[2]

    def case(words: str, story: Callable[..., None], badge: Badge = Badge.WAYS_IN, **more: object) -> Case:
        echoes = bool(more.pop("echoes", False))
        return Case(f"{name}: {words}", badge, partial(story, trigger=trigger, **more), echoes=echoes)

    yield case("a whole import", import_ends.brings_all)
    yield case("the second import, since the first", import_ends.brings_what_is_new)
    yield case("however many there are", import_ends.brings_all_of_any_number)
    yield case("the same import has the same cursors", import_ends.cursors_are_the_vendor_s)
    yield case("its records are of kinds that are declared", kinds.are_declared)
    yield case("no clock, no zone and no machine but the hub's", import_ends.nothing_of_the_machine)
    if bench.plain.mappings:
        yield case("its choices are those of the mapping", import_ends.choices_can_be_mapped)
    for page in range(1, _pages(bench, trigger) + 1):
        yield case(f"killed before page {page} was written", _killed, dies_before=page)
        yield case(f"killed after page {page} was written", _killed, dies_after=page)
    for fault in TROUBLES:
        for call, words in ((1, "first"), (2, "second")):
            yield case(f"{fault.name} on the {words} call", _troubled, fault=fault, call=call)
    yield case("extra fields", _extra)
    if bench.secrets:
        yield case("the vendor repeats the key", import_ends.repeats_no_key, Badge.SECRETS, echoes=True)


def _pages(bench: Bench, trigger: Trigger) -> int:
    """How many pages the rehearsal had. What was wrong with it is told by the case of the whole import."""
    bench.begin()
    store = MemoryImport()
    with suppress(Unproved):
        pulled(bench, trigger, store)
    return min(max(store.pages, 1), MOST_PAGES_KILLED)


def _killed(bench: Bench, trigger: Trigger, dies_before: int = 0, dies_after: int = 0) -> None:
    all_ = ids(whole(bench, trigger))
    bench.begin()
    store = MemoryImport(dies_before=dies_before, dies_after=dies_after)
    with suppress(Died):
        pulled(bench, trigger, store)
    store.dies_before = store.dies_after = 0
    if store.cursor is None and store.pages:
        same(store, all_)  # it died after the last page was written: there is nothing left to do
        return
    result = pulled(bench, trigger, store)
    unless(
        result.finished,
        f"Whoever took over at the cursor {store.cursor!r} stopped: {said(result)} Begin at the cursor you are given; a page's "
        "cursor is where the next page begins.",
    )
    same(store, all_)


def _troubled(bench: Bench, trigger: Trigger, fault: Fault, call: int) -> None:
    """It stops with somebody's turn, and goes on from where it was. Never an exception, and never as if all were there."""
    all_ = ids(whole(bench, trigger))
    bench.begin()
    good = [faults.Fault("good", acts=True)] * (call - 1)
    bench.fail(*good, fault)
    store = MemoryImport()
    result = pulled(bench, trigger, store)
    unless(not isinstance(result.stopped, Broken), f"The trigger failed: {said(result)}")
    _whose_turn(bench, fault, result.stopped)
    if result.stopped is None:
        _not_as_if_all(bench, fault)
        return
    again = pulled(bench, trigger, store)
    unless(again.finished, f"When the trouble was over it stopped again: {said(again)}")
    same(store, all_)


def _not_as_if_all(bench: Bench, fault: Fault) -> None:
    """An add-on may read some answers as an end, such as 404 for a list that is empty. No answer at all is none of them."""
    met = not bench.vendor.waiting
    unless(
        fault.name not in PASSING or not met,
        f"After {fault.name} the import ended as if everything were there: the rest would come the next time at the earliest, "
        "or never. Let the error through.",
    )


def _whose_turn(bench: Bench, fault: Fault, stopped: Outcome | None) -> None:
    declared = fault.status is not None and fault.status in bench.info.errors
    if fault.name in PASSING and stopped is not None:
        unless(
            stopped.verdict is Verdict.WAIT, f"A trouble that passes is told as {stopped.verdict}: {stopped.sentence()}"
        )
    if fault.status in (401, 403) and not declared and stopped is not None:
        unless(stopped.verdict is Verdict.ADMIN, f"A refused credential is an admin's matter, and is {stopped!r}.")


def _extra(bench: Bench, trigger: Trigger) -> None:
    all_ = ids(whole(bench, trigger))
    bench.begin()
    bench.fail(*[faults.extra_fields()] * 20)
    same(whole(bench, trigger), all_)
