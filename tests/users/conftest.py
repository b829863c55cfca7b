"""A tree of accounts, for tests of those who sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.people import Tree


@pytest.fixture
def tree(db: None) -> Tree:
    from tests.support.people import make_tree  # models can be imported only once the house has set Django up

    return make_tree()
