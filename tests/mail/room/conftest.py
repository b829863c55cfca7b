"""A hub whose account sends mail; Django is imported when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def office() -> Iterator[Any]:
    from tests.mail.room.office import make_office

    with make_office() as made:
        yield made
