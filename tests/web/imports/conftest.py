"""Denver with an admin at the browser. What needs Django is imported inside the fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web.plans.conftest import denver, friday

__all__ = ["denver", "friday"]


@pytest.fixture
def admin(denver: Any) -> Any:
    from tests.support.people import make_user

    return make_user(denver, "admin", "ada")


@pytest.fixture
def browser(admin: Any, enter: Any) -> Any:
    """The admin at the browser."""
    return enter(admin)


@pytest.fixture(autouse=True)
def _imports_folder(tmp_path: Path, settings: Any) -> None:
    """Uploaded files of a test lie in the test's own folder."""
    settings.HUB_HOME = tmp_path
