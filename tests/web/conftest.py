"""People at the browser: a tree of accounts, and somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from hub.users.models import User
    from tests.support.people import Tree

    Enter = Callable[[User], Client]


@pytest.fixture
def tree(db: None) -> Tree:
    from tests.support.people import make_tree  # models can be imported only once the house has set Django up

    return make_tree()


@pytest.fixture
def enter(db: None) -> Enter:
    """Sign somebody in, through the real door: `enter(owner).get("/")`."""

    def entered(user: User) -> Client:
        from django.test import Client

        from tests.support.people import PASSWORD

        browser = Client()
        answer = browser.post("/sign-in", {"username": user.username, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return browser

    return entered


@pytest.fixture(autouse=True)
def _store_takes_words() -> None:
    """What the process learned of its store in another test is forgotten: it would stand on every page."""
    from hub.engine import storing

    storing.forget()
