"""Provo with the Gym switched on, an admin at the browser, and a bell that is rung by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.imports.conftest import account
from tests.imports.vendor.conftest import bell, desk, on, tables

__all__ = ["account", "bell", "desk", "on", "tables"]


@pytest.fixture
def browser(on: Any, enter: Any) -> Any:
    """The admin at the browser."""
    from tests.support.people import make_user

    return enter(make_user(on, "admin", "ada"))
