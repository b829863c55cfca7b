"""Any of three numbers is *a phone number*: the hub lets a contact through whose only one is at home or at work.

An action that says it needs a phone and reads the cell phone alone works for whoever tries it, and sends an empty number for the
rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from hub.core.facts import Contact
from hub.dispatch.states import State
from hub.testing.proofs import judge
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape

ELSEWHERE = "+15550102"
TAIL = 7
"""The last digits of a number, which stay as they are however a vendor wants it written."""


def cases(shape: Shape, bare: Contact) -> Iterator[Case]:
    """One for each number that is not the cell phone, where any number will do for the action."""
    if "phone" not in shape.action.needs or "phone_cell" in shape.action.needs:
        return
    for words, field in {"home": "phone_home", "work": "phone_work"}.items():
        contact = bare.model_copy(update={"phone_cell": "", field: ELSEWHERE})
        story = partial(_has_that, shape=shape, usual=bare, contact=contact, words=words)
        yield Case(f"{shape.name}: the only phone is the {words} phone", Badge.CLEAN, story)


def _has_that(bench: Bench, shape: Shape, usual: Contact, contact: Contact, words: str) -> None:
    """Where a cell phone's number leaves for the vendor, so must the only number that somebody has."""
    before = _asked(Scene(bench, shape, contact=usual).go())
    scene = Scene(bench, shape, contact=contact).go()
    after = _asked(scene)
    unless(
        not after or usual.phone_cell[-TAIL:] not in before or ELSEWHERE[-TAIL:] in after,
        f"A contact whose only number is the {words} phone has what needs=['phone'] asks for, and no number leaves for them. "
        "Read contact.phone, which is the cell, home or work phone; or say needs=['phone_cell'].",
    )
    judge.one_of(scene.rest(), (State.DONE, State.FAILED))


def _asked(scene: Scene) -> str:
    """Every digit of the last request, in a row; nothing where none was made."""
    if not scene.run.tries:
        return ""
    request = scene.run.tries[-1].request
    return re.sub(r"\D", "", f"{request.url} {bytes(request.content).decode('latin-1')}")
