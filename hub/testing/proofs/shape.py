"""The shape of an action: what it does when nothing goes wrong, found out by a rehearsal.

The declaration says which calls there are; the rehearsal says which of them this action makes, in which order. It also leaves
others' things at the vendor: of earlier steps for the same contact with other references. A look-up that does not ask for its own
reference will find those and take one for its own, and one that reads a single page will not find its own behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.actions import Action
from hub.core.effects import Effect, EffectClass
from hub.core.endpoints import Endpoint, RawAnswer
from hub.core.mail_post import by_post
from hub.core.outcomes import Outcome
from hub.core.settings import fields_of
from hub.dispatch.classify import MEANINGS
from hub.testing.identity import PLAIN
from hub.testing.kit import ACME, ADA
from hub.testing.ledger import Run
from hub.testing.made_up import value_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.spy import Turn
from hub.testing.simulator import Item

OTHERS = "others-id-{}"
"""The id of what an earlier step left at the vendor."""

LEFT = (901, 902, 903)
"""How earlier steps' things are numbered: more than fit on one page of a list that is cut into pages."""


@dataclass(frozen=True)
class Shape:
    """See the module's docstring.

    Attributes:
        options: the step's settings.
        write: the irreversible call it makes, or None.
        reads: the calls it makes before that.
        declared: statuses with a meaning of the add-on's own.
        holdings: what the vendor holds when a scene begins.
        others: the ids of earlier steps' things among it, in each of their spellings.
        settings: of the connection, where they are not the bench's.
    """

    action: Action
    options: Mapping[str, Any]
    write: Endpoint[Any] | None
    reads: tuple[Endpoint[Any], ...]
    declared: Mapping[int, type[Outcome]]
    holdings: Mapping[str, list[Item]]
    others: frozenset[str]
    settings: Mapping[str, Any] | None = None

    @property
    def by_post(self) -> bool:
        """It sends a mail through the hub's own post room."""
        return self.write is not None and by_post(self.write)

    @property
    def name(self) -> str:
        """As it stands before a case's colon."""
        return self.action.type.partition(".")[2]

    @property
    def effect(self) -> Effect | None:
        """What the irreversible call does to the world."""
        return self.write.effect if self.write else None

    @property
    def klass(self) -> EffectClass | None:
        """How the hub treats an unclear attempt."""
        return self.effect.effect_class(reconciles=self.action.reconcile is not None) if self.effect else None

    @property
    def repeatable(self) -> bool:
        """Sending twice is the same as once, says the declaration."""
        return self.klass is EffectClass.REPEATABLE

    @property
    def reads_answer(self) -> bool:
        """A good answer must be readable. An open call takes any 2xx, and one that answers nothing has its status for proof."""
        return self.write is not None and self.write.answer not in (RawAnswer, None, type(None))

    @property
    def meanings(self) -> Mapping[int, type[Outcome]]:
        """Status → meaning of an answer to the irreversible call."""
        return {**MEANINGS, **self.declared}


def shape_of(bench: Bench, action: Action) -> Shape:
    """Rehearse an action."""
    options = made_up_options(bench, action)
    first = _rehearsed(bench, action, options, bench.seeds)
    write, reads = _calls(bench.turns)
    errors = {**bench.info.errors, **(write.errors if write else {})}
    decoys = _given_away(bench, first)
    holdings = bench.seeds
    if decoys:
        _rehearsed(bench, action, options, decoys)
        holdings = decoys if bench.vendor.effects else bench.seeds
    others = {word for n in LEFT for word in (OTHERS.format(n), str(n))} if holdings is decoys else set()
    return Shape(action, options, write, reads, errors, holdings, frozenset(others))


def _rehearsed(bench: Bench, action: Action, options: Mapping[str, Any], holdings: Mapping[str, list[Item]]) -> Run:
    bench.begin(holdings)
    run = bench.add(action.type, options, ADA, ACME, number=99)
    bench.deliver(run)
    return run


def _calls(turns: list[Turn]) -> tuple[Endpoint[Any] | None, tuple[Endpoint[Any], ...]]:
    asked = [asked.endpoint for turn in turns if turn.what == "action" for asked in turn.asked]
    write = next((endpoint for endpoint in asked if endpoint.writes), None)
    return write, tuple(endpoint for endpoint in asked[: asked.index(write) if write else None])


def _given_away(bench: Bench, run: Run) -> dict[str, list[Item]]:
    """What the vendor holds now, the thing just made belonging to others, some times over. Empty when nothing was made."""
    made = {(effect.path, effect.id) for effect in bench.vendor.effects}
    holdings = bench.vendor.holdings()
    if not made or not run.closed:
        return {}
    for path, id_ in made:
        own = [item for item in holdings.get(path, []) if str(item[PLAIN]) == id_]
        field = bench.vendor.identity.field(path) or PLAIN
        holdings[path] = [item for item in holdings.get(path, []) if item not in own]
        holdings[path] += [_another_s(item, n, {PLAIN, field}, run) for n in LEFT for item in own]
    return holdings


def _another_s(item: Item, number: int, ids: set[str], run: Run) -> Item:
    """The same for the same contact, with an id and a reference of its own."""
    ref = run.ref.replace(f"{run.id.int & 0xFFF:03x}", f"{number:03}")
    copied = {name: ref if value == run.ref else value for name, value in item.items()}
    return {**copied, **dict.fromkeys(ids, OTHERS.format(number))}


def made_up_options(bench: Bench, action: Action) -> dict[str, Any]:
    """Settings for a step: the first of each live list, the first choice, a plain text; and what was given on top."""
    made: dict[str, Any] = {}
    form = bench.declared(action.type).settings
    for spec in fields_of(form, step=True):
        if spec.required:
            made[spec.name] = _first(bench, spec.source) if spec.kind == "options" else value_of(form, spec)
    given = bench.given_options
    return {**made, **given.get(action.type, {}), **given.get(action.type.partition(".")[2], {})}


def _first(bench: Bench, name: str) -> str:
    function = bench.info.options.get(name)
    listed = bench.ask(function) if function else None
    return str(next(iter(listed), "1")) if isinstance(listed, Mapping) else "1"
