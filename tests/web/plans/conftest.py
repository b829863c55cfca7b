"""Denver with an admin, a standard user and a salesperson, and three add-ons: cards, notes, and one with every kind of field.

What needs Django is imported inside the fixtures: this file is read before the settings are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def friday() -> Iterator[Any]:
    """The clock stands at ten o'clock on a Friday in Denver."""
    from hub.db import clock
    from tests.plans.company import FRIDAY

    with clock.use(clock.VirtualClock(FRIDAY)) as virtual:
        yield virtual


@pytest.fixture
def denver(db: None, friday: Any) -> Iterator[Any]:
    """The account, with every add-on on."""
    from hub.addons import installed
    from hub.plans import loading
    from tests.plans import company
    from tests.web.plans import world

    loading.forget()
    with installed.use(world.build_registry()) as registry:
        account = company.open_denver(registry)
        world.switch_on(account, "kinds")
        yield account
    loading.forget()


@pytest.fixture
def admin(denver: Any) -> Any:
    from tests.support.people import make_user

    return make_user(denver, "admin", "ada")


@pytest.fixture
def browser(admin: Any, enter: Any) -> Any:
    """The admin at the browser."""
    return enter(admin)


@pytest.fixture
def standard(denver: Any, enter: Any) -> Any:
    """A standard user at the browser."""
    from tests.support.people import make_user

    return enter(make_user(denver, "standard", "stan"))


@pytest.fixture
def seller(denver: Any) -> Any:
    """A salesperson, who sees their own contacts only."""
    from tests.support.people import make_user

    return make_user(denver, "sales", "sally")


@pytest.fixture
def plan(denver: Any) -> Any:
    """A ready plan: a note at once, a card two days later."""
    from tests.plans.company import make_plan

    return make_plan(denver)
