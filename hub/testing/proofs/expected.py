"""What the hub must make of a trouble: pure, from the trouble and the declaration.

This is the promise of ``engine.md`` written down a second time, from the author's side. If the dispatcher and this table ever
differ, a conformance run says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hub.core.effects import KEY_WINDOW_MARGIN, EffectClass
from hub.core.outcomes import Outcome, Verdict
from hub.dispatch.states import State
from hub.testing.proofs.shape import Shape
from hub.testing.proofs.troubles import Trouble


@dataclass(frozen=True, slots=True)
class End:
    """Where a step stands.

    Attributes:
        first: after its first try.
        last: when it has come to rest.
        effects: how often the vendor has acted by then.
        who: whose turn that makes it, in words.
    """

    first: State
    last: State
    effects: int
    who: str = ""


DONE_LATER = End(State.SCHEDULED, State.DONE, 1, "the clock's: it is tried again")
DONE_AT_ONCE = End(State.DONE, State.DONE, 1, "nobody's")


def after(shape: Shape, trouble: Trouble, later: timedelta = timedelta(0)) -> End:
    """Where a step stands after this trouble with its irreversible call, if nothing else goes wrong.

    Args:
        later: how long nobody could look at it afterwards; a vendor's memory of a key may be shorter.
    """
    if trouble.fine:
        return DONE_AT_ONCE
    if not trouble.left:
        return DONE_LATER
    meaning = shape.meanings.get(trouble.status) if trouble.status else None
    if meaning is None or meaning.verdict is Verdict.UNKNOWN:
        return _forgotten(shape, acted=trouble.acts) if _forgets(shape, later) else _unclear(shape, acted=trouble.acts)
    return _clear(meaning)


def _clear(meaning: type[Outcome]) -> End:
    ends = {
        Verdict.DONE: DONE_AT_ONCE,
        Verdict.WAIT: DONE_LATER,
        Verdict.ADMIN: End(State.HELD, State.HELD, 0, "the account's admin's"),
        Verdict.REJECTED: End(State.FAILED, State.FAILED, 0, "whoever looks after the contact"),
        Verdict.DEVELOPER: End(State.REVIEW, State.REVIEW, 0, "the author's"),
    }
    return ends[meaning.verdict]


def _forgets(shape: Shape, later: timedelta) -> bool:
    """Whether the vendor may have forgotten our key by then."""
    effect = shape.effect
    return bool(effect and shape.klass is EffectClass.KEYED and later >= effect.window - KEY_WINDOW_MARGIN)


def _forgotten(shape: Shape, *, acted: bool) -> End:
    if acted and shape.action.reconcile is not None:
        return End(State.SCHEDULED, State.DONE, 1, "the look-up's")
    return End(State.SCHEDULED, State.REVIEW, int(acted), "a person's: the vendor may have forgotten the key")


def _unclear(shape: Shape, *, acted: bool) -> End:
    if shape.klass is EffectClass.BLIND:
        return End(State.REVIEW, State.REVIEW, int(acted), "a person's: nobody can look it up")
    if shape.klass is not EffectClass.LOOKUP:
        return End(State.SCHEDULED, State.DONE, 1, "the clock's: it is sent again, which is safe")
    strong = bool(shape.effect and shape.effect.strong)
    if acted or strong:
        return End(State.UNKNOWN, State.DONE, 1, "the look-up's")
    return End(State.UNKNOWN, State.REVIEW, 0, "a person's: not found is no proof here")
