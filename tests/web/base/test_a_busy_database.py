"""A database that cannot take a request just now is no mistake of anybody's: 503, and when to come again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from hub.web.views.contacts import listing
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


def test_a_locked_database_answers_busy_and_when_to_come_again(
    tree: Tree, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter(make_user(tree.a, "owner"))

    def locked(*args: Any, **more: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(listing.reads, "look", locked)
    answer = browser.get(f"/a/{tree.a.pk}/contacts")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Nothing was changed" in answer.content.decode()
