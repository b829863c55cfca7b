"""Passwords are hashed cheaply here, but for the tests that are about hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.people import Tree


@pytest.fixture(autouse=True)
def _cheap_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def tree(db: None) -> Tree:
    from tests.support.people import make_tree  # models can be imported only once the house has set Django up

    return make_tree()
