"""The gym's plugin is loaded, and there is an enterprise that has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def gym() -> Iterator[Any]:
    """The only plugin this process has loaded."""
    from hub.addons import installed
    from tests.addons.mappings import world

    with installed.use(world.registry()) as given:
        yield given


@pytest.fixture
def acme(db: None) -> Any:
    """An enterprise with the gym switched on, two lead sources and two plans."""
    from tests.addons.mappings import world
    from tests.support.people import make_account

    account = make_account("Acme")
    world.switched_on(account)
    for name in ("Web", "Friends"):
        world.source(account, name)
    for name in ("Welcome", "Trial week"):
        world.plan(account, name)
    return account
