"""Denver with an admin and two salespeople at their browsers. What needs Django is imported inside the fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.plans.conftest import denver, friday

__all__ = ["denver", "friday"]


@pytest.fixture
def admin(denver: Any) -> Any:
    from tests.support.people import make_user

    return make_user(denver, "admin", "ada")


@pytest.fixture
def sally(denver: Any) -> Any:
    """A salesperson: sees her own contacts only."""
    from tests.support.people import make_user

    return make_user(denver, "sales", "sally")


@pytest.fixture
def browser(admin: Any, enter: Any) -> Any:
    """The admin at the browser."""
    return enter(admin)


@pytest.fixture
def hers(sally: Any, enter: Any) -> Any:
    """Sally at her browser."""
    return enter(sally)
