"""Which fault tests belong to which database: each breaks something that the other does not have."""

from __future__ import annotations

import pytest

ONLY = {"test_a_partition.py": "postgres", "test_a_disk_that_fills.py": "sqlite"}
"""A file has no line that could be cut; and the disk of a server is not the worker's."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    database = config.getoption("--database")
    others = [item for item in items if ONLY.get(item.path.name, database) != database]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]
