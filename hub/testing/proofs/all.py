"""Every case of an add-on, from its declaration, in the order in which an author should mend them."""

from __future__ import annotations

from collections.abc import Iterator

from hub.testing.proofs import asking, crashes, deliveries, forms, imports, pairs, papers, secrets, steps
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Case
from hub.testing.proofs.shape import shape_of
from hub.testing.proofs.watch import Watch


def cases_of(bench: Bench) -> list[Case]:
    """The cases; those only for the grade among them."""
    with Watch():  # the rehearsals are under watch too: nothing sleeps, nothing reaches the network
        return list(_cases(bench))


def _cases(bench: Bench) -> Iterator[Case]:
    shapes = [shape_of(bench, action) for action in bench.plugin.actions]
    yield from forms.cases(bench, shapes)
    yield from asking.cases(bench)
    for shape in shapes:
        yield from steps.cases(shape)
        yield from secrets.cases(bench, shape)
        yield from crashes.cases(shape)
    yield from deliveries.cases(bench)
    yield from imports.cases(bench)
    yield from papers.cases(bench, shapes)
    for shape in shapes:
        yield from pairs.cases(shape)
