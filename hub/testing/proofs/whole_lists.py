"""A live list shows all there is: the vendor has more than one page of what the list offers, and every one of them is offered."""

from __future__ import annotations

from collections.abc import Mapping

from hub.testing.identity import PLAIN
from hub.testing.paging import SIZE, size_asked
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import unless
from hub.testing.simulator import Item

MOST = 1_000
"""A list that asks for more at once is not tried with more than it asks for."""


def brings_all(bench: Bench, name: str) -> None:
    """Copies of what the list already offers, so that whoever leaves some out leaves them out for their number alone."""
    function = bench.info.options[name]
    offered = bench.ask(function)
    sizes = [size_asked(asked.parameters) or SIZE for turn in bench.turns for asked in turn.asked]
    if not isinstance(offered, Mapping) or not sizes or max(sizes) > MOST:
        return  # nothing is read, or the case of the list itself tells what is wrong
    copies, held = _with_copies(bench, offered, max(sizes) + 1)
    bench.begin(held)
    shown = bench.ask(function)
    found = copies & set(shown) if isinstance(shown, Mapping) else set()
    unless(
        not found or found == copies,
        f"The vendor has {len(copies)} more and the list shows {len(found)} of them: it stops after the first page. Read on "
        "until the vendor names no further page.",
    )


def _with_copies(bench: Bench, offered: Mapping[str, str], number: int) -> tuple[set[str], dict[str, list[Item]]]:
    """The ids of the copies, and what the vendor then holds. They come first, so that a first page is full of them."""
    held, made = bench.vendor.holdings(), set()
    for path, items in held.items():
        one = next((item for item in items if str(item[PLAIN]) in offered), None)
        field = bench.vendor.identity.field(path) or PLAIN
        if one is not None:
            ids = [f"{one[PLAIN]}0{n}" for n in range(1, number + 1)]
            held[path] = [{**one, **dict.fromkeys({PLAIN, field}, id_)} for id_ in ids] + items
            made |= set(ids)
    return made, held
