"""Every case of an add-on, from its declaration, in the order in which an author should mend them."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core import whereabouts
from hub.core.actions import Action
from hub.testing.proofs import (
    asking,
    crashes,
    deliveries,
    forms,
    imports,
    letters,
    mail_sizes,
    mailers,
    meanings,
    oauth,
    pairs,
    papers,
    purity,
    secrets,
    steps,
)
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.shape import Shape, shape_of
from hub.testing.proofs.watch import Watch


def cases_of(bench: Bench) -> list[Case]:
    """The cases; those only for the grade among them."""
    with Watch():  # the rehearsals are under watch too: nothing sleeps, nothing reaches the network
        return list(_cases(bench))


def _cases(bench: Bench) -> Iterator[Case]:
    rehearsed = [_rehearsed(bench, action) for action in bench.plugin.actions]
    shapes = [shape for shape in rehearsed if isinstance(shape, Shape)]
    yield from (case for case in rehearsed if isinstance(case, Case))
    yield from forms.cases(bench, shapes)
    yield from meanings.cases(bench)
    yield from asking.cases(bench)
    for shape in shapes:
        if shape.by_post:
            yield from mailers.cases(bench, shape)
            continue
        yield from steps.cases(shape)
        yield from purity.cases(shape)
        yield from secrets.cases(bench, shape)
        yield from crashes.cases(shape)
    yield from oauth.cases(bench, shapes)
    yield from deliveries.cases(bench)
    yield from imports.cases(bench)
    yield from letters.cases(bench, shapes)
    yield from mail_sizes.cases(bench)
    yield from papers.cases(bench, shapes)
    for shape in shapes:
        if not shape.by_post:
            yield from pairs.cases(shape)


def _rehearsed(bench: Bench, action: Action) -> Shape | Case:
    """The shape of an action; or a case that says why it could not even be rehearsed."""
    try:
        return shape_of(bench, action)
    except Exception as trouble:
        reason = f"The rehearsal failed with {whereabouts.told(trouble)}"
        return Case(f"{action.type.partition('.')[2]}: a rehearsal", Badge.CLEAN, lambda _: unless(False, reason))
