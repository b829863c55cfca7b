"""A step is made of what it is given: this account's settings, this contact, the hub's own time. Nothing comes from an earlier
step, from the machine's clock or zone, or from arithmetic that loses a cent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hub.core.facts import Account, Address, Contact, User
from hub.testing.kit import ACME, ADA
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.elsewhere import in_two_zones, on_two_machines, today_in
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.second import other_settings
from hub.testing.proofs.shape import Shape

BEA = Contact(
    id="77", first_name="Beatrix", last_name="Quimby", email="beatrix@example.org", phone_cell="+15550977", company="Quimby & Co",
    address=Address(line1="9 Harbour Row", city="Galway", state="GWY", zip="H91 AX", country="IE"),
    assigned_user=User(id="78", first_name="Niamh", last_name="Byrne", email="niamh@example.org"),
)  # fmt: skip
OTHER = Account(id="76", company="Second House", email="second@example.org", phone="+15550976")

SHORTEST = 3
"""Letters of a text that is told apart from chance."""

PRICES = (19.99, 1.15)
"""Amounts that lose a cent when somebody multiplies them by a hundred and cuts off the rest."""

MONEY = re.compile(r"amount|price|total|cost|fee|cents|money|budget", re.IGNORECASE)
"""Names of fields that hold money although their type does not say so. A ``Decimal`` always does."""


def cases(shape: Shape) -> Iterator[Case]:
    """For every action; amounts where its step has some."""

    def case(words: str, badge: Badge, story: Any) -> Case:
        return Case(f"{shape.name}: {words}", badge, lambda bench: story(bench, shape))

    yield case("the same step makes the same request", Badge.ONE_CALL, _same_request)
    yield case("no clock and no zone but the hub's", Badge.ONE_CALL, _no_clock)
    yield case("on another machine, as another user", Badge.ONE_CALL, _no_machine)
    yield case("two accounts, one after the other", Badge.ONE_CALL, _two_accounts)
    for name in _amounts(shape.action.settings):
        yield case(f"{name} arrives to the cent", Badge.CLEAN, partial(_to_the_cent, name=name))


def _requests(scene: Scene) -> list[tuple[str, str]]:
    return [(attempt.request.url, attempt.request.content.decode("utf-8", "replace")) for attempt in scene.run.tries]


# --- time --------------------------------------------------------------------------------------------------------


def _same_request(bench: Bench, shape: Shape) -> None:
    """Two plays of one step: same facts, same time, same reference. Whatever differs comes from somewhere else."""
    first, second = (_requests(Scene(bench, shape).go()) for _ in range(2))
    unless(
        first == second,
        "The same step made two different requests. Take the reference from vendor.ref and the time from vendor.now; no "
        "counter, no random number, no clock of your own.",
    )


def _no_clock(bench: Bench, shape: Shape) -> None:
    """Played in two zones, and searched for the day on which the tests run."""
    here, there = in_two_zones(lambda: _requests(Scene(bench, shape).go()))
    unless(
        here == there,
        "The request depends on the time zone of the machine. A time without a zone means another moment on every machine; "
        "vendor.now has one.",
    )
    found = any(today_in(bench, content) for _, content in here)
    unless(not found, "The request holds the time at which the tests run; the hub's own time is vendor.now.")


def _no_machine(bench: Bench, shape: Shape) -> None:
    """Played for two users in two folders."""
    here, there = on_two_machines(lambda: _requests(Scene(bench, shape).go()))
    unless(
        here == there,
        "The request depends on the machine: an environment variable, the user's name or the working folder is in it. Workers "
        "run on many machines; take what differs between accounts from vendor.settings.",
    )


# --- memory ------------------------------------------------------------------------------------------------------


def _two_accounts(bench: Bench, shape: Shape) -> None:
    """First one account's step for one contact, then another's for another. What is asked for the second holds nothing of the
    first."""
    Scene(bench, shape).go()
    theirs = other_settings(bench)
    second = Scene(bench, shape, contact=BEA, account=OTHER, settings=theirs).go()
    asked = [asked.words for turn in bench.turns for asked in turn.asked]
    text = json.dumps([_requests(second), asked, second.run.notes, second.run.reference], ensure_ascii=False)
    now = " ".join(word for _, word in _words({"": [theirs, BEA, OTHER, shape.options]}))
    first = {"settings": bench.settings, "contact": ADA, "account": ACME}
    left = next((name for name, word in _words(first) if not _holds(now, word) and _holds(text, word)), "")
    unless(
        not left,
        f"For the second account and contact the first one's {left} is used: the plugin remembers it between two steps. Take "
        "everything from vendor.settings, the step and the contact, and keep nothing in the module.",
    )


def _holds(text: str, word: str) -> bool:
    """As a word of its own: Ada is not in Canada."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _words(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text that can be told apart from chance, with where it stands."""
    if isinstance(data, BaseModel):
        data = data.model_dump()
    if isinstance(data, Mapping):
        for key, part in data.items():
            yield from _words(part, f"{name}.{key}".strip("."))
    elif isinstance(data, list | tuple):
        for part in data:
            yield from _words(part, name)
    elif isinstance(data, str) and len(data) >= SHORTEST:
        yield name, data


# --- amounts -----------------------------------------------------------------------------------------------------


def _amounts(model: type[BaseModel]) -> list[str]:
    """The step's fields that hold an amount with a fraction."""
    return [
        name
        for name, info in model.model_fields.items()
        if {float, Decimal} & {info.annotation, *get_args(info.annotation)}
    ]


def _to_the_cent(bench: Bench, shape: Shape, name: str) -> None:
    numbers = {price: _numbers_sent(bench, shape, name, price) for price in PRICES}
    for price, sent in numbers.items():
        others = set().union(*(found for other, found in numbers.items() if other != price))
        _counted_right(name, Decimal(str(price)), sent - others)
        if _is_money(shape.action.settings, name):
            _of_the_same_worth(name, Decimal(str(price)), sent - others)


def _counted_right(name: str, right: Decimal, left: set[Decimal]) -> None:
    """A float that is cut off loses a cent."""
    near = [n for n in left if 0 < abs(n - right) < Decimal("0.015") or 0 < abs(n - right * 100) < Decimal("1.5")]
    unless(
        not near,
        f"{name} was {right} and left as {near and near[0]}: a float does not count cents. Use Decimal, and round.",
    )


def _of_the_same_worth(name: str, right: Decimal, left: set[Decimal]) -> None:
    """Whole or in cents: nothing else of what changes with the amount is the amount."""
    unless(
        not left or right in left or right * 100 in left,
        f"{name} was {right} and left as {', '.join(map(str, sorted(left)))}: neither {right} nor {right * 100:.0f} cents. Its "
        "fraction was cut off or rounded away, or it was multiplied by another number than 100.",
    )


def _is_money(model: type[BaseModel], name: str) -> bool:
    annotation = model.model_fields[name].annotation
    return Decimal in (annotation, *get_args(annotation)) or MONEY.search(name) is not None


def _numbers_sent(bench: Bench, shape: Shape, name: str, price: float) -> set[Decimal]:
    options = {**shape.options, name: price}
    try:
        shape.action.settings.model_validate(options)
    except ValidationError:
        return set()  # the form does not take such an amount
    scene = Scene(bench, shape, options=options).go()
    return {Decimal(found) for _, content in _requests(scene) for found in re.findall(r"\d+(?:\.\d+)?", content)}
