"""Which fault tests belong to which database."""

from __future__ import annotations

import pytest

ONLY_POSTGRES = "test_a_partition.py"
"""The embedded store is a file: there is no line to it that could be cut."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database") == "postgres":
        return
    elsewhere = [item for item in items if item.path.name == ONLY_POSTGRES]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]
