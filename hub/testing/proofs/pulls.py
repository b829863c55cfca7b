"""Playing an import: one process pulls until the end, a trouble, or its death; and what it brought is held against the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hub.core.records import Page, Trigger
from hub.dispatch.pulling import Pulled, Start, pull
from hub.testing.proofs.bench import ACTION_SECONDS, Bench
from hub.testing.proofs.case import Unproved, unless
from hub.testing.proofs.spy import inside, watched_pull
from hub.testing.stores import MemoryImport

MOST_PAGES = 200
"""Pages after which an import of a handful of things is taken for one that never ends."""


def pulled(bench: Bench, trigger: Trigger, store: MemoryImport, start: Start | None = None) -> Pulled:
    """One process pulls until the end, a trouble, or its death.

    Raises:
        Unproved: it goes on and on.
        Died: the store was told to.
    """
    spied, keep = watched_pull(trigger, bench.turns), _counted(store.keep)
    begin, now = start or store.start(), bench.clock.now()
    mark = inside.set(False)
    try:
        return pull(bench.outside, bench.info, bench.settings, spied, begin, keep, now, ACTION_SECONDS)
    finally:
        inside.reset(mark)


def _counted(keep: Callable[[Page], None]) -> Callable[[Page], None]:
    left = iter(range(MOST_PAGES))

    def counted(page: Page) -> None:
        if next(left, None) is None:
            raise Unproved(
                f"The import has brought {MOST_PAGES} pages and does not end; the last page's cursor is None."
            )
        keep(page)

    return counted


def whole(bench: Bench, trigger: Trigger) -> MemoryImport:
    """What a whole import brings."""
    store = MemoryImport()
    result = pulled(bench, trigger, store)
    unless(result.finished, f"The import stopped: {said(result)}")
    return store


def said(result: Pulled) -> str:
    """Why it stopped, for the author."""
    detail = getattr(result.stopped, "detail", "")
    return f"{result.stopped.sentence()} {detail}".strip() if result.stopped else ""


def ids(store: MemoryImport) -> Counter[str]:
    """Whom it brought, and how often."""
    return Counter(record.external_id for record in store.records)


def same(store: MemoryImport, all_: Counter[str]) -> None:
    """It brought the same as the whole import, each once."""
    lost, twice = all_ - ids(store), ids(store) - all_
    unless(not lost, f"Lost: {sorted(lost)[:3]}. A page's cursor must be where the next page begins.")
    unless(not twice, f"Brought twice: {sorted(twice)[:3]}. Begin at the cursor you are given, and yield the next one.")
