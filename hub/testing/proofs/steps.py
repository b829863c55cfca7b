"""One step, one trouble: a clean run, and every single fault of the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from hub.core.effects import EffectClass
from hub.core.facts import Account, Address, Contact
from hub.core.outcomes import Verdict
from hub.dispatch.states import State
from hub.testing import faults
from hub.testing.kit import ACME, ADA
from hub.testing.ledger import START
from hub.testing.proofs import expected, judge, phones, troubles
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape
from hub.testing.proofs.stopping import action_stops
from hub.testing.proofs.troubles import Trouble

ODD = Contact(
    id="2", first_name="Zoë \u202eO'Ñoño \"X\" <b>", last_name="名字 😀\t\\", email="odd+tag@example.com",
    phone_cell="+49 (0)30 / 12", company="A & B; DROP", whiteboard="x" * 5_000,
    address=Address(line1="1 Rue d'É\nBât. 2", city="Köln", state="NW", zip="00501", country="DE"),
)  # fmt: skip
"""A contact whose facts hold what people really type."""

KNOWN = "501"
"""An id under which a vendor may know a contact."""

DST_NIGHTS = {
    "the night the clocks go forward": datetime(2026, 3, 8, 6, 59, 30, tzinfo=UTC),
    "the night the clocks go back": datetime(2026, 11, 1, 5, 59, 30, tzinfo=UTC),
}
NEW_YORK = ACME.model_copy(update={"time_zone": "America/New_York"})


def cases(shape: Shape) -> Iterator[Case]:
    """Everything about one action with at most one trouble."""
    yield _case(shape, "a clean run", Badge.CLEAN, _clean)
    yield _case(shape, "with only what it needs", Badge.CLEAN, partial(_any_contact, contact=bare(shape)))
    if isinstance(shape.write and shape.write.body, type):
        yield _case(shape, "it says what it needs", Badge.CLEAN, _needs)
    if shape.action.needs_linked is not None:
        yield _case(shape, "it says what a linked contact needs", Badge.CLEAN, _needs_linked)
    yield from phones.cases(shape, bare(shape))
    yield _case(shape, "a contact with odd letters", Badge.CLEAN, partial(_any_contact, contact=ODD))
    yield _case(shape, "the message comes twice", Badge.ONE_CALL, _redelivered)
    yield _case(shape, "told to stop while it waits", Badge.FAULTS, action_stops)
    for words, moment in DST_NIGHTS.items():
        yield _case(shape, words, Badge.FAULTS, partial(_clean, now=moment, account=NEW_YORK))
    if shape.write is not None:
        yield from _singles(shape)
    for trouble in troubles.on_a_read() if shape.reads else ():
        yield _case(shape, f"{trouble.name} on the first read", Badge.FAULTS, partial(_read_fails, trouble=trouble))


def _singles(shape: Shape) -> Iterator[Case]:
    table = [
        *troubles.never_left(),
        *troubles.refusals(shape),
        *troubles.ambiguous(shape),
        *troubles.odd_answers(shape),
    ]
    for trouble in table:
        yield _case(shape, trouble.name, Badge.FAULTS, partial(_one_trouble, trouble=trouble))
    if shape.klass is EffectClass.LOOKUP:
        yield _case(shape, "the look-up names the thing as the action does", Badge.FAULTS, _one_name)
    for words, seconds in {"the clock jumps a day ahead": 86_400, "the clock jumps an hour back": -3_600}.items():
        yield _case(shape, f"connection refused, then {words}", Badge.FAULTS, partial(_clock_jumps, seconds=seconds))


def _case(shape: Shape, words: str, badge: Badge, story: Callable[[Bench, Shape], None]) -> Case:
    return Case(f"{shape.name}: {words}", badge, lambda bench: story(bench, shape))


def bare(shape: Shape, linked_id: str = "") -> Contact:
    """A contact with what the action says it needs, and nothing else; ``linked_id`` makes it one whom the vendor knows."""
    full, needs = ADA.model_dump(), shape.action.needs_of(Contact(id="3", linked_id=linked_id))
    kept = {need: full[need] for need in needs if need in full} | {"linked_id": linked_id}
    if "phone" in needs:
        kept["phone_cell"] = ADA.phone_cell
    if "address" in kept:
        kept["address"] = {**full["address"], "country": ""}
    return Contact(id="3", **kept)


# --- stories -----------------------------------------------------------------------------------------------------


def _clean(bench: Bench, shape: Shape, now: datetime = START, account: Account = ACME) -> None:
    scene = Scene(bench, shape, account=account, now=now).go()
    judge.honest(scene)
    judge.stands(scene, State.DONE, "After one clean try")
    judge.acted(scene, 1 if shape.write else 0)


def _any_contact(bench: Bench, shape: Shape, contact: Contact) -> None:
    """The vendor may refuse such a contact; the plugin must not fall over it."""
    scene = Scene(bench, shape, contact=contact).go().rest()
    judge.one_of(scene, (State.DONE, State.FAILED))


def _needs(bench: Bench, shape: Shape) -> None:
    """What the vendor must have and a contact may lack belongs into ``needs=``: else it is asked for with nothing in it."""
    _nothing_empty(bench, shape, bare(shape), "needs=")


def _needs_linked(bench: Bench, shape: Shape) -> None:
    """The same of a contact whom the vendor knows, and the plugin must not fall over one who has nothing else. That the vendor
    did nothing for this step is no lie then: it was done before."""
    linked = bare(shape, KNOWN)
    run = Scene(bench, shape, contact=linked).go().rest().run
    unless(run.state in (State.DONE, State.FAILED), f"For a linked contact the step is {run.state}: {run.sentence}")
    _nothing_empty(bench, shape, linked, "needs_linked=")


def _nothing_empty(bench: Bench, shape: Shape, contact: Contact, where: str) -> None:
    full, plain = (_sent(bench, shape, one) for one in (ADA, contact))
    empty = [name for name in _required(shape) if full.get(name) and name in plain and not plain[name]]
    unless(
        not empty,
        f"For a contact who has only what the action says it needs, {', '.join(empty)} is empty. Name it in {where}, so that "
        "the hub tells before it sends; or give the field a default, if the vendor can do without it.",
    )


def _sent(bench: Bench, shape: Shape, contact: Contact) -> dict[str, Any]:
    """The fields of the irreversible request's body; nothing where none was made, or it is no form."""
    tries = Scene(bench, shape, contact=contact).go().run.tries
    if not tries or shape.write is None:
        return {}
    content = tries[-1].request.content
    try:
        body = dict(parse_qsl(content.decode(), True)) if shape.write.encode == "form" else json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _required(shape: Shape) -> list[str]:
    """The fields of the body that have no default, in each of their spellings."""
    fields = getattr(shape.write and shape.write.body, "model_fields", {})
    words = {word for name, info in fields.items() if info.is_required() for word in (name, info.serialization_alias)}
    return sorted(word for word in words if word)


def _redelivered(bench: Bench, shape: Shape) -> None:
    scene = Scene(bench, shape)
    bench.deliver(scene.run, scene.run)
    bench.deliver(scene.run)
    judge.honest(scene)
    judge.stands(scene, State.DONE, "After one clean try")
    judge.acted(scene, 1 if shape.write else 0)


def _one_trouble(bench: Bench, shape: Shape, trouble: Trouble) -> None:
    """The trouble, whose turn it then is, and how it ends when nothing else goes wrong."""
    scene = begun(bench, shape, trouble).go()
    if trouble.anything:
        judge.one_of(scene.rest(), (State.DONE, State.FAILED, State.REVIEW))
        return
    end = expected.after(shape, trouble)
    judge.stands(scene, end.first, f"After {trouble.name}", end.who)
    unless(scene.run.state is not State.SCHEDULED or scene.waits >= trouble.waits,
           f"The vendor asked for {trouble.waits:g} s and the step comes again in {scene.waits:g} s.")  # fmt: skip
    judge.ends(scene.rest(), end)
    if end.last is State.HELD:
        judge.ends(scene.mend().rest(), expected.DONE_LATER)


def _one_name(bench: Bench, shape: Shape) -> None:
    """The same deed, once with the vendor's answer and once with the answer lost: what is written down of it is the same."""
    told = Scene(bench, shape).go().run.reference
    lost = Scene(bench, shape).meets(faults.reset(acts=True).at("write")).go().rest().run
    found = lost.reference if lost.state is State.DONE else ""
    unless(
        not told or not found or told == found,
        f"The action calls the thing {told} and the look-up calls it {found}. Return Sent with the vendor's own id from both: "
        "events and links find the step by it.",
    )


def begun(bench: Bench, shape: Shape, trouble: Trouble) -> Scene:
    """A scene in which the irreversible call will meet this trouble."""
    scene = Scene(bench, shape)
    if trouble.fault is not None:
        every = 20 if trouble.fault.edit == "extra" else 1
        scene.meets(*[trouble.fault if every > 1 else trouble.fault.at("write")] * every)
    return scene.dies(trouble.dies) if trouble.dies else scene


def _clock_jumps(bench: Bench, shape: Shape, seconds: float) -> None:
    scene = Scene(bench, shape).meets(troubles.never_left()[0].fault.at("write")).go()  # type: ignore[union-attr]
    bench.clock.advance(seconds=seconds)
    judge.ends(scene.rest(), expected.DONE_LATER)


def _read_fails(bench: Bench, shape: Shape, trouble: Trouble) -> None:
    """A read has no effect: it is tried again, held for an admin, or (the add-on's own reading of a no) refused."""
    assert trouble.fault is not None
    scene = Scene(bench, shape).meets(trouble.fault.at("read")).go()
    unless(scene.effects == 0 or scene.run.state is State.DONE, "It was sent although the call before it failed.")
    scene.rest()
    if scene.run.state is State.HELD:
        scene.mend().rest()
    judge.one_of(scene, (State.DONE, State.FAILED, State.REVIEW) if trouble.anything else (State.DONE, State.FAILED))
    passing = trouble.fault.status not in (401, 403, 404) and not trouble.anything
    meaning = shape.declared.get(trouble.fault.status or 0)
    if passing and (meaning is None or meaning.verdict is Verdict.WAIT):
        judge.stands(scene, State.DONE, "After a trouble that passes")
