"""Triggers: an import that is killed at every page loses no record and brings none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

from hub.core.outcomes import Broken, Outcome, Verdict
from hub.core.records import Trigger
from hub.dispatch.pulling import Pulled, Start, pull
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.proofs.asking import PASSING, TROUBLES
from hub.testing.proofs.bench import ACTION_SECONDS, Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.rules import leaks
from hub.testing.proofs.spy import inside, watched_pull
from hub.testing.stores import Died, MemoryImport

MOST_PAGES_KILLED = 20
"""Pages of the rehearsal at which the import is killed."""


def cases(bench: Bench) -> Iterator[Case]:
    """Every trigger: whole, killed at every page, and with every trouble on the first and the second call."""
    for trigger in bench.plain.ways_in:
        if isinstance(trigger, Trigger):
            yield from _of(bench, trigger)


def _of(bench: Bench, trigger: Trigger) -> Iterator[Case]:
    name = trigger.name.partition(".")[2]

    def case(words: str, story: Callable[..., None], badge: Badge = Badge.WAYS_IN, **more: object) -> Case:
        echoes = bool(more.pop("echoes", False))
        return Case(f"{name}: {words}", badge, partial(story, trigger=trigger, **more), echoes=echoes)

    yield case("a whole import", _whole)
    yield case("the second import, since the first", _since)
    for page in range(1, _pages(bench, trigger) + 1):
        yield case(f"killed before page {page} was written", _killed, dies_before=page)
        yield case(f"killed after page {page} was written", _killed, dies_after=page)
    for fault in TROUBLES:
        for call, words in ((1, "first"), (2, "second")):
            yield case(f"{fault.name} on the {words} call", _troubled, fault=fault, call=call)
    yield case("extra fields", _extra)
    yield case("the vendor repeats the key", _echoed, Badge.SECRETS, echoes=True)


def _pages(bench: Bench, trigger: Trigger) -> int:
    """How many pages the rehearsal had."""
    bench.begin()
    store = MemoryImport()
    pulled(bench, trigger, store)
    return min(max(store.pages, 1), MOST_PAGES_KILLED)


def pulled(bench: Bench, trigger: Trigger, store: MemoryImport, start: Start | None = None) -> Pulled:
    """One process pulls until the end, a trouble, or its death."""
    spied = watched_pull(trigger, bench.turns)
    begin = start or store.start()
    mark = inside.set(False)
    try:
        return pull(
            bench.outside, bench.info, bench.settings, spied, begin, store.keep, bench.clock.now(), ACTION_SECONDS
        )
    finally:
        inside.reset(mark)


def _all(bench: Bench, trigger: Trigger) -> MemoryImport:
    """What a whole import brings."""
    store = MemoryImport()
    result = pulled(bench, trigger, store)
    unless(result.finished, f"The import stopped: {_said(result)}")
    return store


def _said(result: Pulled) -> str:
    detail = getattr(result.stopped, "detail", "")
    return f"{result.stopped.sentence()} {detail}".strip() if result.stopped else ""


def _ids(store: MemoryImport) -> Counter[str]:
    return Counter(record.external_id for record in store.records)


def _whole(bench: Bench, trigger: Trigger) -> None:
    store = _all(bench, trigger)
    unless(store.records, "The import brought nothing, although the simulated vendor has something in every list.")
    unless(all(_ids(store)), "A record has no external id, by which it would be known the next time.")
    twice = [id_ for id_, times in _ids(store).items() if times > 1]
    unless(not twice, f"The import brought {twice[:3]} more than once.")
    _nothing_left(bench, set(_ids(store)))


def _nothing_left(bench: Bench, brought: set[str]) -> None:
    """Of every list that the trigger read and brought something of, it brought all."""
    paths = {asked.endpoint.path for turn in bench.turns for asked in turn.asked}
    for path in sorted(paths):
        there = {str(item.get("id")) for item in bench.vendor.stored(path)}
        left = sorted(there - brought) if there & brought else []
        unless(not left, f"The vendor has {left[:3]} at {path} too, and the import did not bring them.")


def _since(bench: Bench, trigger: Trigger) -> None:
    """What is new since then may be nothing; but it must come to an end."""
    _all(bench, trigger)
    begun = bench.clock.now() - timedelta(days=1)
    result = pulled(bench, trigger, MemoryImport(), Start(since=begun))
    unless(result.finished, f"The second import stopped: {_said(result)}")


def _killed(bench: Bench, trigger: Trigger, dies_before: int = 0, dies_after: int = 0) -> None:
    whole = _ids(_all(bench, trigger))
    bench.begin()
    store = MemoryImport(dies_before=dies_before, dies_after=dies_after)
    with suppress(Died):
        pulled(bench, trigger, store)
    store.dies_before = store.dies_after = 0
    if store.cursor is None and store.pages:
        _same(store, whole)  # it died after the last page was written: there is nothing left to do
        return
    result = pulled(bench, trigger, store)
    unless(result.finished, f"Whoever took over stopped: {_said(result)}")
    _same(store, whole)


def _same(store: MemoryImport, whole: Counter[str]) -> None:
    lost, twice = whole - _ids(store), _ids(store) - whole
    unless(not lost, f"Lost: {sorted(lost)[:3]}. A page's cursor must be where the next page begins.")
    unless(not twice, f"Brought twice: {sorted(twice)[:3]}. Begin at the cursor you are given, and yield the next one.")


def _troubled(bench: Bench, trigger: Trigger, fault: Fault, call: int) -> None:
    """It stops with somebody's turn, and goes on from where it was. Never an exception."""
    whole = _ids(_all(bench, trigger))
    bench.begin()
    good = [faults.Fault("good", acts=True)] * (call - 1)
    bench.fail(*good, fault)
    store = MemoryImport()
    result = pulled(bench, trigger, store)
    unless(not isinstance(result.stopped, Broken), f"The trigger failed: {_said(result)}")
    _whose_turn(bench, fault, result.stopped)
    if result.stopped is None and fault.name not in PASSING:
        return  # the add-on reads this answer as an end, such as 404 for a list that is empty
    again = pulled(bench, trigger, store)
    unless(again.finished, f"When the trouble was over it stopped again: {_said(again)}")
    _same(store, whole)


def _whose_turn(bench: Bench, fault: Fault, stopped: Outcome | None) -> None:
    declared = fault.status is not None and fault.status in bench.info.errors
    if fault.name in PASSING and stopped is not None:
        unless(
            stopped.verdict is Verdict.WAIT, f"A trouble that passes is told as {stopped.verdict}: {stopped.sentence()}"
        )
    if fault.status in (401, 403) and not declared and stopped is not None:
        unless(stopped.verdict is Verdict.ADMIN, f"A refused credential is an admin's matter, and is {stopped!r}.")


def _extra(bench: Bench, trigger: Trigger) -> None:
    whole = _ids(_all(bench, trigger))
    bench.begin()
    bench.fail(*[faults.extra_fields()] * 20)
    _same(_all(bench, trigger), whole)


def _echoed(bench: Bench, trigger: Trigger) -> None:
    for secret in bench.secrets:
        bench.fail(faults.status(401, message=f"the key {secret} is not known"))
        result = pulled(bench, trigger, MemoryImport())
        for sentence in leaks([secret], [("the sentence an admin reads", result.stopped)]):
            unless(False, sentence)
