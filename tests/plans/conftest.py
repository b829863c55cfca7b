"""A small company: an account in Denver, an add-on that posts cards and one that writes notes.

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
def account(db: None, friday: Any) -> Iterator[Any]:
    """Denver, with both add-ons on."""
    from hub.addons import installed
    from hub.plans import loading
    from tests.plans import company

    loading.forget()
    with installed.use(company.build_registry()) as registry:
        yield company.open_denver(registry)
    loading.forget()


@pytest.fixture
def elsewhere(account: Any) -> Any:
    """Another account, which has nothing to do with Denver."""
    from hub.accounts import changes as accounts
    from tests.plans.company import ADA

    return accounts.create("Elsewhere", by=ADA)
