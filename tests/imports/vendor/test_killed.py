"""An import that is killed again and again, wherever chance likes, ends like one that was left in peace.

Three storms in every run, two hundred with ``--faults=large``. Each is drawn from its number.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db import clock
from hub.history.models import Note
from hub.imports import actors
from hub.imports.models import Import
from hub.plans.models import Enrollment
from tests.imports.vendor.gym import Desk, Spot, crowd
from tests.plans import company

STORMS = {"small": 3, "quarter": 50, "large": 200}
MOST_DEATHS = 500

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Killed(BaseException):
    """The process is gone: nothing that stands behind this runs."""


def test_whatever_it_is_killed_by_it_ends_like_one_that_was_not(
    request: pytest.FixtureRequest,
    on: Account,
    tables: Any,
    desk: Desk,
    bell: Any,
    start: Callable[..., Import],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = company.make_plan(on, company.note_step())
    tables(by_choice={"guest": Spot(plan_ids=(plan.pk,), mapped=True)})
    ann = {"id": "a", "first": "Ann", "email": "ann@example.com", "type": "guest"}
    desk.people = [
        ann,
        *crowd(9, type="guest"),
        ann | {"cell": "801 555 0100"},
        {"id": "x", "email": "no address"},
        ann,
    ]
    with transaction.atomic():
        start()
        in_peace = standing_of_all()
        transaction.set_rollback(True)

    deaths = 0
    for number in range(STORMS[request.config.getoption("--faults")]):
        with transaction.atomic(), monkeypatch.context() as patch:
            patch.setattr(actors, "_written", killing(random.Random(number)))
            deaths += storm(bell, start)
            assert standing_of_all() == in_peace, f"storm {number}"
            transaction.set_rollback(True)
    assert deaths > 0


def killing(dice: random.Random) -> Callable[[Callable[[], Any]], Any]:
    """Transactions in which, before which and after which a process may die."""

    def fate() -> None:
        if dice.random() < 0.2:
            raise Killed

    def written(change: Callable[[], Any]) -> Any:
        fate()
        with transaction.atomic():
            value = change()
            fate()
        fate()
        return value

    return written


def storm(bell: Any, start: Callable[..., Import]) -> int:
    """Begin, die, be swept up, until it is done. How often it died."""
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = start(go=False)
        bell.rung.append((row.pk, row.page))
        for deaths in range(MOST_DEATHS):
            try:
                bell.go()
            except Killed:
                bell.rung.clear()
                virtual.advance(minutes=6)
                bell.sweep()
                continue
            row.refresh_from_db()
            if row.state == "done":
                return deaths
            virtual.advance(minutes=6)
            bell.sweep()
    raise AssertionError(f"it never ended: {row.state}, {row.problem}")


def standing_of_all() -> dict[str, Any]:
    """What an import leaves behind, without the ids that a database makes."""
    row = Import.objects.get()
    who = list(
        Contact.objects.order_by("email").values_list(
            "first_name", "email", "phone_cell", "external_ids__value", "version"
        )
    )
    return {
        "who": who, "counts": row.counts, "plans": Enrollment.objects.count(), "notes": Note.objects.count(),
        "pages": list(row.pages.order_by("number").values_list("number", flat=True)),
        "report": list(row.rows.order_by("line").values_list("line", "outcome", "problem")),
    }  # fmt: skip
